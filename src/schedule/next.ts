import type { JobSchedule } from "../model/job.ts";
import { nextCron } from "./cron.ts";

/** Instants in milliseconds since the epoch. `anchorMs` is the registration time of the job. */
export interface OccurrenceOptions {
  anchorMs: number;
  afterMs: number;
}

/**
 * The first occurrence strictly after `afterMs`, or null when there is none. It depends on nothing
 * but its arguments, so that every node computes the same one. Throws `SchedulerError` with
 * `config_invalid` for a cron expression that `checkCron` refuses.
 */
export function nextOccurrence(schedule: JobSchedule, options: OccurrenceOptions): number | null {
  const { anchorMs, afterMs } = options;
  switch (schedule.type) {
    case "cron":
      return nextCron(schedule, afterMs);
    case "interval": {
      const passed = Math.floor((afterMs - anchorMs) / schedule.everyMs);
      return anchorMs + Math.max(1, passed + 1) * schedule.everyMs;
    }
    case "once": {
      const executeMs = Date.parse(schedule.executeAt);
      return executeMs > afterMs ? executeMs : null;
    }
  }
}

/** The first `count` occurrences after `afterMs`, oldest first; fewer where the schedule ends. */
export function upcomingOccurrences(
  schedule: JobSchedule,
  options: OccurrenceOptions & { count: number },
): number[] {
  const upcoming: number[] = [];
  let afterMs = options.afterMs;
  while (upcoming.length < options.count) {
    const next = nextOccurrence(schedule, { anchorMs: options.anchorMs, afterMs });
    if (next === null) break;
    upcoming.push(next);
    afterMs = next;
  }
  return upcoming;
}
