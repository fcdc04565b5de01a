import { randomUUIDv7 } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { SchedulerEvent } from "../views/event.ts";
import type { Database } from "../store/connection.ts";
import type { ClockMove, DueJob, OccurrenceRow } from "../store/clock.ts";
import { dueOccurrences } from "../schedule/due.ts";
import { fire, readDue } from "../store/clock.ts";
import { wakeNodes } from "../store/trigger.ts";
import type { Worker } from "./worker.ts";

/** The longest sleep: a bound on what a lost wake can cost. */
const MAX_SLEEP_MS = 5_000;
/** Due jobs handled in one pass, and occurrences of one job: so that no job starves another. */
const MAX_JOBS = 1_000;
const MAX_OCCURRENCES = 2_000;
/** A due job whose row somebody holds is tried again after this, doubling up to a second. */
const LOCKED_RETRY_MS = 10;

const CATCHUP = { policy: "latest", windowMs: 24 * 3_600_000, max: 100 } as const;

export interface ClockOptions {
  database: Database;
  worker: Pick<Worker, "freeSlots" | "accept" | "wake">;
  nodeId: () => string;
  emit: (event: SchedulerEvent) => void;
}

/**
 * The clock of this node, the same on every node. One step reads what is due by the server's time,
 * computes outside any lock, and records it; it returns the ms until the next look.
 */
export function clockStep(options: ClockOptions): () => Promise<number> {
  let retryMs = LOCKED_RETRY_MS;
  return async () => {
    const reading = await readDue(options.database, { limit: MAX_JOBS });
    const readAt = performance.now();
    if (reading.due.length > 0) {
      const more = await fireDue(options, reading.due, reading.now);
      if (more === "locked") {
        retryMs = Math.min(retryMs * 2, 1_000);
        return retryMs;
      }
      retryMs = LOCKED_RETRY_MS;
      return 0;
    }
    if (reading.earliest === null) return MAX_SLEEP_MS;
    const untilDue = reading.earliest.getTime() - reading.now.getTime();
    return Math.min(untilDue - (performance.now() - readAt), MAX_SLEEP_MS);
  };
}

async function fireDue(
  options: ClockOptions,
  due: DueJob[],
  now: Date,
): Promise<"locked" | "moved"> {
  const moves: ClockMove[] = [];
  const rows: OccurrenceRow[] = [];
  for (const job of due) {
    const found = dueOccurrences({
      schedule: job.schedule,
      anchorMs: job.anchor.getTime(),
      nextRunMs: job.nextRun.getTime(),
      nowMs: now.getTime(),
      catchup: CATCHUP,
      limit: MAX_OCCURRENCES,
    });
    moves.push({
      jobId: job.jobId,
      nextRun: job.nextRun,
      generation: job.generation,
      newNextRun: found.nextRunMs === null ? null : new Date(found.nextRunMs),
    });
    for (const occurrence of found.due) {
      rows.push({
        id: randomUUIDv7(),
        jobId: job.jobId,
        trigger: occurrence.trigger,
        scheduledFor: new Date(occurrence.scheduledForMs),
        coversUntil: occurrence.coversUntilMs === null ? null : new Date(occurrence.coversUntilMs),
        coversCount: occurrence.coversCount,
        status: occurrence.run ? "pending" : "skipped",
      });
    }
  }
  takeSlots(rows, options.worker.freeSlots());
  const fired = await fire(options.database, { moves, rows, nodeId: options.nodeId() });
  options.worker.accept(fired.claimed);
  const waiting = rows.some((row) => row.status === "pending" && fired.moved.has(row.jobId));
  if (waiting) {
    options.worker.wake();
    await wakeNodes(options.database);
  }
  reportSkipped(
    options,
    rows.filter((row) => fired.moved.has(row.jobId)),
    new Map(due.map((job) => [job.jobId, job.jobName])),
  );
  return fired.moved.size === 0 ? "locked" : "moved";
}

/** The insert is the claim for as many as this node can start now; the others wait for any node. */
function takeSlots(rows: OccurrenceRow[], slots: number): void {
  let free = slots;
  for (const row of rows) {
    if (free === 0) return;
    if (row.status !== "pending") continue;
    row.status = "running";
    free -= 1;
  }
}

function reportSkipped(
  options: ClockOptions,
  rows: OccurrenceRow[],
  names: ReadonlyMap<string, string>,
): void {
  const skipped = rows.filter((row) => row.status === "skipped");
  if (skipped.length === 0) return;
  options.emit({
    type: "occurrences_skipped",
    jobNames: [...new Set(skipped.map((row) => names.get(row.jobId) ?? row.jobId))],
    count: skipped.reduce((sum, row) => sum + row.coversCount, 0),
  });
}
