import type { SchedulerConfig } from "../model/config.generated.ts";
import { durationText } from "../model/job.ts";
import { parseDuration } from "../schedule/duration.ts";
import { scheduleOf } from "./check-schedule.ts";
import type { JobView } from "./context.ts";
import { exceededInterval } from "./interval.ts";
import { listed } from "./listed.ts";
import { warningAt, type PathFinding } from "./place.ts";

/**
 * A timeout that somebody wrote, and that lets a run go on beyond the next due time: under
 * `overlap: skip`, what is due in the meantime is skipped. The built-in default is a guard that
 * nobody chose for this job.
 */
export function checkTimeout(view: JobView): PathFinding[] {
  const { job, path } = view;
  const intervalMs = beyondInterval(view, job.timeout);
  if (intervalMs === null) return [];
  const interval = durationText(intervalMs);
  return [
    warningAt([...path, "timeout"], {
      rule: "schedule/timeout-beyond-interval",
      message: `a run may take ${job.timeout} and the next is due after ${interval}: what is due while one goes on is skipped`,
      help: `write \`timeout: ${interval}\` or less, or give the schedule a longer interval`,
    }),
  ];
}

/** The same of `defaults.timeout`, once for all jobs that it is too long for. */
export function checkDefaultTimeout(
  config: SchedulerConfig,
  views: readonly JobView[],
): PathFinding[] {
  const timeout = config.defaults?.timeout;
  if (timeout === undefined) return [];
  const beyond = views.flatMap((view) => {
    const own = view.job.timeout !== undefined;
    const intervalMs = own ? null : beyondInterval(view, timeout);
    return intervalMs === null ? [] : [`\`${view.name}\` (${durationText(intervalMs)})`];
  });
  if (beyond.length === 0) return [];
  return [
    warningAt(["defaults", "timeout"], {
      rule: "schedule/timeout-beyond-interval",
      message: `a run may take ${timeout}, longer than the interval of ${listed(beyond, 5)}: what is due while one goes on is skipped`,
      help: "give jobs that are due so often a `timeout` of their own",
    }),
  ];
}

function beyondInterval(view: JobView, timeout: string | undefined): number | null {
  // Elsewhere what is due in the meantime waits, or runs.
  if ((view.job.overlap ?? view.config.defaults?.overlap ?? "skip") !== "skip") return null;
  // `none` is said of a job that must end by itself, whatever its schedule.
  const timeoutMs = timeout === undefined ? null : parseDuration(timeout);
  const schedule = timeoutMs === null ? null : scheduleOf(view);
  return timeoutMs === null || schedule === null ? null : exceededInterval(schedule, timeoutMs);
}
