import { mutexOf } from "../store/admission.ts";
import type { Database } from "../store/connection.ts";
import type { Wait } from "../store/delay.ts";
import { readFormerHolders, readNodeLoad } from "../store/delay.ts";
import type { ExplainedRow } from "../store/explained-row.ts";
import { readUnattended } from "../store/waiting.ts";
import type { DelayItem } from "../views/explain-data.ts";
import { SHORT_DELAY_MS } from "../views/explain-delay.ts";
import { otherItem, unattendedItem } from "./explain-items.ts";

/** What kept an execution between its due time and its first start; null: nothing did, or it waits. */
export async function explainDelay(
  database: Database,
  record: ExplainedRow,
): Promise<DelayItem | null> {
  const { scheduledFor, dueAt, createdAt } = record;
  const due = dueAt ?? scheduledFor;
  const until = startOf(record);
  if (due === null || until === null) return null;
  const from = new Date(Math.max(due.getTime(), createdAt.getTime()));
  const recordedMs = Math.max(0, createdAt.getTime() - due.getTime());
  const waitedMs = Math.max(0, until.getTime() - from.getTime());
  if (Math.max(recordedMs, waitedMs) < SHORT_DELAY_MS) return null;
  const causes =
    waitedMs < SHORT_DELAY_MS ? NONE : await causesOf(database, record, { from, until });
  return { recorded_after_ms: recordedMs, waited_ms: waitedMs, ...causes };
}

/** Of what never started, the end: its deadline came while it waited. */
function startOf({ errors, startedAt, status, finishedAt }: ExplainedRow): Date | null {
  const first = errors[0]?.started_at;
  if (first !== undefined) return new Date(first);
  return startedAt ?? (status === "timed_out" ? finishedAt : null);
}

type Causes = Omit<DelayItem, "recorded_after_ms" | "waited_ms">;

const NONE: Causes = { mutex: null, holders: [], node_slots: null, unattended: null };

/** The first that is known: somebody had its key, nobody was there, its node had no slot left. */
async function causesOf(database: Database, record: ExplainedRow, wait: Wait): Promise<Causes> {
  const holders = await readFormerHolders(database, record, wait);
  if (holders.length > 0) {
    return { ...NONE, mutex: mutexOf(record.exclusiveKey), holders: holders.map(otherItem) };
  }
  const nodeId = record.node?.id ?? record.errors[0]?.node_id ?? null;
  const load = nodeId === null ? null : await readNodeLoad(database, { nodeId, at: wait.from });
  if (load === null) return NONE;
  const { concurrency, used, startedAt } = load;
  if (startedAt > wait.from) {
    const before = new Date(startedAt.getTime() - 1);
    return { ...NONE, unattended: unattendedItem(await readUnattended(database, before)) };
  }
  return used < concurrency ? NONE : { ...NONE, node_slots: concurrency };
}
