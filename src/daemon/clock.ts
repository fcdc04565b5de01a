import { randomUUIDv7 } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { SchedulerEvent } from "../views/event.ts";
import type { Database } from "../store/connection.ts";
import type { ClockMove, DueJob, DueReading, OccurrenceRow } from "../store/clock.ts";
import { errorMessage } from "../model/errors.ts";
import { dueOccurrences } from "../schedule/due.ts";
import { fire, readDue } from "../store/clock.ts";
import { wakeNodes } from "../store/trigger.ts";
import { problem } from "./problem.ts";
import type { Worker } from "./worker.ts";

/** The longest sleep: a bound on what a lost wake can cost. */
const MAX_SLEEP_MS = 5_000;
/** Due jobs handled in one pass, and occurrences of one job: so that no job starves another. */
const MAX_JOBS = 1_000;
const MAX_OCCURRENCES = 2_000;
/** A due job whose row somebody holds is tried again after this, doubling up to a second. */
const LOCKED_RETRY_MS = 10;
const LOCKED_RETRY_MAX_MS = 1_000;
/** Computing of one pass, in which nothing else of this process moves, the renewal of its lease included. */
const MAX_COMPUTING_MS = 100;

const CATCHUP = { policy: "latest", windowMs: 24 * 3_600_000, max: 100 } as const;

export interface ClockOptions {
  database: Database;
  worker: Pick<Worker, "reserve" | "accept" | "wake">;
  nodeId: () => string;
  emit: (event: SchedulerEvent) => void;
}

/**
 * The clock of this node, the same on every node. One step reads what is due by the server's time,
 * computes outside any lock, and records it; it returns the ms until the next look.
 */
export function clockStep(options: ClockOptions): () => Promise<number> {
  const onUnknown = problem(options.emit, "cannot compute the next run");
  let retryMs = LOCKED_RETRY_MS;
  return async () => {
    const reading = await readDue(options.database, { limit: MAX_JOBS });
    const readAtMs = performance.now();
    if (reading.due.length > 0) {
      const pass = computePass(reading, onUnknown);
      if (await firePass(options, pass)) {
        retryMs = LOCKED_RETRY_MS;
        return 0;
      }
      const waitMs = retryMs;
      retryMs = Math.min(retryMs * 2, LOCKED_RETRY_MAX_MS);
      return waitMs;
    }
    if (reading.earliest === null) return MAX_SLEEP_MS;
    const untilDueMs = reading.earliest.getTime() - reading.now.getTime();
    return Math.min(untilDueMs - (performance.now() - readAtMs), MAX_SLEEP_MS);
  };
}

/** What one pass records, with the names of its jobs for whoever is told of it. */
interface Pass {
  moves: ClockMove[];
  rows: OccurrenceRow[];
  names: Map<string, string>;
}

/**
 * Computes until the time of a pass is over: the rest is still due at the next one. A schedule that
 * cannot be computed here, say for a zone that this Node does not know, is told of and left to other
 * nodes; it must not stop the jobs beside it.
 */
function computePass({ due, now }: DueReading, onUnknown: (error: unknown) => void): Pass {
  const pass: Pass = { moves: [], rows: [], names: new Map() };
  const untilMs = performance.now() + MAX_COMPUTING_MS;
  for (const job of due) {
    if (pass.moves.length > 0 && performance.now() > untilMs) break;
    try {
      const { move, rows } = computeJob(job, now);
      pass.moves.push(move);
      pass.rows.push(...rows);
      pass.names.set(job.jobId, job.jobName);
    } catch (error) {
      onUnknown(new Error(`${job.jobName}: ${errorMessage(error)}`, { cause: error }));
    }
  }
  return pass;
}

function computeJob(job: DueJob, now: Date): { move: ClockMove; rows: OccurrenceRow[] } {
  const found = dueOccurrences({
    schedule: job.schedule,
    anchorMs: job.anchor.getTime(),
    nextRunMs: job.nextRun.getTime(),
    nowMs: now.getTime(),
    catchup: CATCHUP,
    limit: MAX_OCCURRENCES,
  });
  const { jobId, nextRun, generation } = job;
  const newNextRun = found.nextRunMs === null ? null : new Date(found.nextRunMs);
  return {
    move: { jobId, nextRun, generation, newNextRun },
    rows: found.due.map((occurrence) => ({
      id: randomUUIDv7(),
      jobId,
      trigger: occurrence.trigger,
      scheduledFor: new Date(occurrence.scheduledForMs),
      coversUntil: occurrence.coversUntilMs === null ? null : new Date(occurrence.coversUntilMs),
      coversCount: occurrence.coversCount,
      status: occurrence.run ? "pending" : "skipped",
    })),
  };
}

/** False when no clock moved: others hold the rows, or nothing could be computed. */
async function firePass(options: ClockOptions, { moves, rows, names }: Pass): Promise<boolean> {
  if (moves.length === 0) return false;
  const { database, worker, nodeId } = options;
  using slots = worker.reserve(rows.filter((row) => row.status === "pending").length);
  takeSlots(rows, slots.count);
  const fired = await fire(database, { moves, rows, nodeId: nodeId() });
  worker.accept(fired.claimed);
  const recorded = rows.filter((row) => fired.moved.has(row.jobId));
  if (recorded.some((row) => row.status === "pending")) {
    worker.wake();
    await wakeNodes(database);
  }
  reportSkipped(options, recorded, names);
  return fired.moved.size > 0;
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
