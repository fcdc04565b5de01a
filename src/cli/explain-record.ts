import type { ReasonCode } from "../model/execution.ts";
import type { LedgerJob } from "../store/ledger-job.ts";
import type { ExplainedRow } from "../store/explained-row.ts";
import { findBlocker, findSuccessor } from "../store/occurrence.ts";
import { readUnattended } from "../store/waiting.ts";
import type { ExplainData } from "../views/explain-data.ts";
import { SHORT_DELAY_MS } from "../views/explain-delay.ts";
import { explainDelay } from "./explain-delay.ts";
import {
  decisionItem,
  executionItem,
  iso,
  otherItem,
  policiesItem,
  scheduleItem,
  unattendedItem,
} from "./explain-items.ts";
import type { JobSpan } from "./job-spans.ts";
import { spanAt } from "./job-spans.ts";
import type { Session } from "./session.ts";
import { readCapacity, readWaiting } from "./waiting-item.ts";

/** The job that is asked about. */
export interface AskedJob {
  session: Session;
  job: LedgerJob;
  spans: readonly JobSpan[];
}

/** What a record says of a due time, with what made it so. */
export async function explainRecord(
  known: AskedJob,
  { record, atMs }: { record: ExplainedRow; atMs: number },
): Promise<Pick<ExplainData, "outcome" | "execution"> & Partial<ExplainData>> {
  const { job, spans } = known;
  const own = record.scheduledFor?.getTime() === atMs;
  return {
    outcome: record.status,
    execution: executionItem(record),
    due_at: own ? iso(record.dueAt) : null,
    schedule: scheduleItem(spanAt(spans, atMs)?.event.schedule ?? null),
    // What the job says now may not be what it said when another revision was in force.
    policies: record.revision?.id === job.revision?.id ? policiesItem(job.spec) : null,
    delay: own ? await explainDelay(known.session.database, record) : null,
    ...(await causeOf(known, { record, atMs })),
  };
}

/** Reasons that are a decision about the job. */
const DECIDED: ReadonlySet<ReasonCode> = new Set(["disabled", "removed", "paused"]);

async function causeOf(
  { session, job, spans }: AskedJob,
  { record, atMs }: { record: ExplainedRow; atMs: number },
): Promise<Partial<ExplainData>> {
  const { database } = session;
  const { status, reason, trigger } = record;
  const attendance = async (): Promise<Pick<ExplainData, "unattended">> => ({
    unattended: unattendedItem(await readUnattended(database, new Date(atMs))),
  });
  if (status === "pending") {
    const capacity = await readCapacity(session, job.now);
    const waiting = await readWaiting(session, record, { now: job.now, capacity });
    return { waiting, ...(trigger === "catchup" ? await attendance() : {}) };
  }
  if (reason === "overlap" || reason === "queue_full") {
    const blocker = await findBlocker(database, record);
    return { other_execution: blocker === null ? null : otherItem(blocker) };
  }
  if (reason === "replaced") {
    const successor = await findSuccessor(database, record);
    return { other_execution: successor === null ? null : otherItem(successor) };
  }
  if (reason !== null && DECIDED.has(reason) && record.finishedAt !== null) {
    // Decided in the transaction that ended it, whose instants differ by less than it took.
    const endMs = record.finishedAt.getTime() + DECIDED_WITHIN_MS;
    const decided = spans.findLast(({ event }) => event.at.getTime() <= endMs);
    return { decision: decided === undefined ? null : decisionItem(decided.event) };
  }
  const dueMs = record.dueAt?.getTime() ?? atMs;
  const lateRecord = record.createdAt.getTime() - dueMs >= SHORT_DELAY_MS;
  return reason === "missed" || trigger === "catchup" || lateRecord ? await attendance() : {};
}

const DECIDED_WITHIN_MS = 1_000;
