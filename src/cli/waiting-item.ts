import { keepsClock, takesJobs } from "../model/node-role.ts";
import { nodesByEvidence } from "../daemon/sweeper.ts";
import { mutexOf } from "../store/admission.ts";
import type { ExplainedRow } from "../store/explained-row.ts";
import type { KeyHolder } from "../store/waiting.ts";
import { readKeyQueue, readUnattended, readUsedSlots } from "../store/waiting.ts";
import type { OtherExecution, WaitingItem } from "../views/explain-data.ts";
import { iso } from "./explain-items.ts";
import type { Session } from "./session.ts";

/** What the schedulers have to offer. */
export interface Capacity {
  /** Those that keep the clock. */
  clocks: number;
  /** Those that take what waits. */
  workers: number;
  slots: number;
  used: number;
  /** Since when no scheduler lives; null: one does, or none ever did. */
  silentSince: Date | null;
}

/** What the live schedulers can run and do run. `now` is the server's clock. */
export async function readCapacity({ database, store }: Session, now: Date): Promise<Capacity> {
  const nodes = await nodesByEvidence(database, store.embedded);
  const live = nodes.filter(({ expired }) => !expired);
  const clocks = live.filter(({ role }) => keepsClock(role));
  const workers = live.filter(takesJobs);
  const used = await readUsedSlots(database);
  const unattended = clocks.length > 0 ? null : await readUnattended(database, now);
  return {
    clocks: clocks.length,
    workers: workers.length,
    slots: workers.reduce((sum, { concurrency }) => sum + concurrency, 0),
    used: workers.reduce((sum, { id }) => sum + (used.get(id) ?? 0), 0),
    silentSince: unattended?.from ?? null,
  };
}

/** What an execution that has not started waits for: the first thing that must change. */
export async function readWaiting(
  session: Session,
  row: Pick<ExplainedRow, "id" | "attempt" | "availableAt" | "keySlots" | "exclusiveKey">,
  { now, capacity }: { now: Date; capacity: Capacity },
): Promise<WaitingItem> {
  const { slots, used } = capacity;
  const none = nothingOf(capacity);
  if (capacity.workers === 0) return waitingForNode(capacity);
  if (row.availableAt > now) {
    return { ...none, for: row.attempt > 0 ? "retry" : "time", at: iso(row.availableAt) };
  }
  const { holders, ahead } = await readKeyQueue(session.database, row.id);
  if (holders.length >= row.keySlots || ahead > 0) {
    const mutex = mutexOf(row.exclusiveKey);
    return { ...none, for: "key", mutex, holders: holders.map(holderItem), ahead };
  }
  return { ...none, for: used >= slots ? "slot" : "claim" };
}

/** Nobody is there to record it, or to start it. */
export function waitingForNode(capacity: Capacity): WaitingItem {
  const { clocks, silentSince } = capacity;
  if (clocks > 0) return { ...nothingOf(capacity), for: "worker" };
  return { ...nothingOf(capacity), for: "scheduler", at: iso(silentSince) };
}

function nothingOf({ workers: schedulers, slots, used }: Capacity): Omit<WaitingItem, "for"> {
  return { at: null, mutex: null, holders: [], ahead: 0, schedulers, slots, used };
}

/** Who has a key, as the execution that others wait for. */
export function holderItem(holder: KeyHolder): OtherExecution {
  return {
    execution_id: holder.executionId,
    job_name: holder.jobName,
    state: holder.status,
    scheduled_for: iso(holder.scheduledFor),
    started_at: iso(holder.startedAt),
    finished_at: null,
  };
}
