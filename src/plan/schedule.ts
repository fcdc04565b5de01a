import type { JobSchedule } from "../model/job.ts";
import { upcomingOccurrences } from "../schedule/next.ts";
import { describeSchedule } from "../schedule/words.ts";

/** When a job is due, for people. */
export interface PlannedSchedule {
  words: string;
  /** The next three occurrences, ISO 8601 in UTC; fewer where the schedule ends. */
  next: string[];
  /** Of a cron schedule its own, else that of the project. */
  timezone: string;
}

export const OCCURRENCES_SHOWN: number = 3;

/** The words and next times of a schedule; a job that is disabled has no next times. */
export function plannedSchedule(
  schedule: JobSchedule,
  options: { anchorMs: number; nowMs: number; enabled: boolean; timezone?: string | undefined },
): PlannedSchedule {
  const next = upcomingOccurrences(schedule, {
    anchorMs: options.anchorMs,
    afterMs: options.nowMs,
    count: options.enabled ? OCCURRENCES_SHOWN : 0,
  });
  return plannedAt(schedule, next, options.timezone);
}

/** The same where the next occurrences are known, in milliseconds since the epoch. */
export function plannedAt(
  schedule: JobSchedule,
  next: readonly number[],
  projectZone = "UTC",
): PlannedSchedule {
  return {
    words: describeSchedule(schedule),
    next: next.map((instant) => new Date(instant).toISOString()),
    timezone: schedule.type === "cron" ? schedule.timezone : projectZone,
  };
}
