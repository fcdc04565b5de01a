import type { Defaults, Job, SchedulerConfig } from "../model/config.generated.ts";
import { durationText } from "../model/job.ts";
import { DEFAULT_POLICIES } from "../model/policy.ts";
import { retryPauseMs } from "../schedule/backoff.ts";
import { parseDuration } from "../schedule/duration.ts";
import { scheduleOf } from "./check-schedule.ts";
import type { JobView } from "./context.ts";
import { exceededInterval } from "./interval.ts";
import { warningAt, type Path, type PathFinding } from "./place.ts";
import { toRetry } from "./policies.ts";

/** Lengths of time of one job that do not fit together: a part of what was written has no effect. */
export function checkLengths(view: JobView): PathFinding[] {
  return [...checkSpreadLength(view), ...checkDeadline(view)];
}

/** The same of `defaults`, once for all jobs. */
export function checkDefaultLengths({ defaults }: SchedulerConfig): PathFinding[] {
  if (defaults?.deadline === undefined || defaults.retry === undefined) return [];
  return unreachable(defaults, ["defaults", "deadline"]);
}

const DAY_MS = 86_400_000;
const SHORTEST_DEADLINE_MS = 1_000;

function checkSpreadLength(view: JobView): PathFinding[] {
  const { job, path } = view;
  const spreadMs = job.spread === undefined ? null : parseDuration(job.spread);
  const schedule = spreadMs === null ? null : scheduleOf(view);
  // Beyond a day it is out of its range, and said to be.
  if (spreadMs === null || spreadMs > DAY_MS || schedule === null) return [];
  const intervalMs = exceededInterval(schedule, spreadMs);
  if (intervalMs === null) return [];
  const interval = durationText(intervalMs);
  return [
    warningAt([...path, "spread"], {
      rule: "schedule/spread-beyond-interval",
      message: `the start may lie ${job.spread} after a due time, and the next is due after ${interval}: no start is moved beyond that`,
      help: `write \`spread: ${interval}\` or less`,
    }),
  ];
}

/** Blamed on the job where it says one of the two itself. */
function checkDeadline({ job, path, config }: JobView): PathFinding[] {
  const key = job.deadline !== undefined ? "deadline" : "retry";
  if (job[key] === undefined) return [];
  return unreachable({ ...config.defaults, ...job }, [...path, key]);
}

function unreachable(
  { deadline, retry: written }: Pick<Job | Defaults, "deadline" | "retry">,
  path: Path,
): PathFinding[] {
  const deadlineMs = deadline === undefined || deadline === "none" ? null : parseDuration(deadline);
  if (deadlineMs === null || deadlineMs < SHORTEST_DEADLINE_MS) return [];
  if (written === undefined) return [];
  const { initial = durationText(DEFAULT_POLICIES.retry.initialMs), max } = written.backoff ?? {};
  if (parseDuration(initial) === null || (max !== undefined && parseDuration(max) === null)) {
    return [];
  }
  const retry = toRetry(written);
  const pauseMs = retryPauseMs(retry, { attempt: 1, random: 0 });
  if (retry.attempts < 2 || pauseMs < deadlineMs) return [];
  return [
    warningAt(path, {
      rule: "job/unreachable-retry",
      message: `attempt 2 starts ${durationText(pauseMs)} after the first ended or later, and by then the deadline of ${deadline} is over: a run that fails is never tried again`,
      help: "write a longer `deadline`, a shorter `retry: {backoff: {initial: …}}`, or remove `retry`",
    }),
  ];
}
