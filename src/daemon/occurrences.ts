import { randomUUIDv7 } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { JobSpec } from "../model/job.ts";
import type { ClockMove, DueJob, OccurrenceRow } from "../store/clock.ts";
import type { DueOccurrence } from "../schedule/due.ts";
import { dueOccurrences } from "../schedule/due.ts";
import { spreadOffsetMs } from "../schedule/spread.ts";
import { admissionOf } from "../store/admission.ts";
import type { Admission } from "../store/admission.ts";
import { startsAtClaim } from "../store/starts-at-claim.ts";

/** Occurrences of one job in one pass, and time for them: so that no job starves another. */
const MAX_OCCURRENCES = 10_000;
const MAX_JOB_MS = 50;

/**
 * Computing of many jobs at a time, in which nothing else of this process moves, the renewal of its
 * lease included.
 */
export const MAX_COMPUTING_MS = 100;

/** What one pass of the clock does about one job. */
export interface JobPass {
  move: ClockMove;
  /** The oldest first. */
  rows: OccurrenceRow[];
}

/** The records of what is due of a job, as its policies say; null: nothing is. */
export function computeJob(given: { job: DueJob; spec: JobSpec; now: Date }): JobPass | null {
  const { job, spec, now } = given;
  if (spec.schedule === null) return null;
  const untilMs = performance.now() + MAX_JOB_MS;
  const found = dueOccurrences({
    schedule: spec.schedule,
    anchorMs: job.anchor.getTime(),
    nextRunMs: job.nextRun.getTime(),
    nowMs: now.getTime(),
    catchup: spec.catchup,
    offsetMs: spreadOffsetMs(spec.name, spec.spreadMs),
    limit: MAX_OCCURRENCES,
    mayGoOn: () => performance.now() < untilMs,
  });
  const admission = admissionOf(spec, job);
  const newNextRun = found.nextRunMs === null ? null : new Date(found.nextRunMs);
  const newNextEffective = found.nextEffectiveMs === null ? null : new Date(found.nextEffectiveMs);
  const move = { job, newNextRun, newNextEffective, admission };
  return { move, rows: toRows(found.due, { jobId: job.jobId, spec, admission }) };
}

function toRows(
  due: readonly DueOccurrence[],
  { jobId, spec, admission }: { jobId: string; spec: JobSpec; admission: Admission },
): OccurrenceRow[] {
  const starts = startsAtClaim(spec.run);
  const last = due.findLastIndex((occurrence) => occurrence.run);
  let nth = 0;
  return due.map((occurrence, index) => {
    const exempt = occurrence.trigger === "catchup" && spec.catchup.policy === "all";
    const replaced = spec.overlap === "replace" && !exempt && index < last;
    const reason = occurrence.run ? (replaced ? "replaced" : null) : "missed";
    const { coversUntilMs } = occurrence;
    const row: OccurrenceRow = {
      id: randomUUIDv7(),
      jobId,
      trigger: occurrence.trigger,
      scheduledFor: new Date(occurrence.scheduledForMs),
      dueAt: new Date(occurrence.effectiveMs),
      coversUntil: coversUntilMs === null ? null : new Date(coversUntilMs),
      coversCount: occurrence.coversCount,
      status: reason === null ? "pending" : "skipped",
      reason,
      rule: exempt ? "allow" : admission.rule,
      nth,
      turn: 0,
      starts,
    };
    if (reason === null) nth += 1;
    return row;
  });
}
