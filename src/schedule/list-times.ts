import type { JobSchedule } from "../model/job.ts";
import { isProblem } from "./fields.ts";
import { nextOccurrence } from "./next.ts";
import { parseCron } from "./syntax.ts";

/** Instants in milliseconds since the epoch. */
export interface ListOptions {
  anchorMs: number;
  /** Exclusive. */
  afterMs: number;
  /** Inclusive. */
  untilMs: number;
  /** The most occurrences that are listed. */
  limit: number;
  /** The most dates that are searched for: one costs as much as 1,000 times that are counted. */
  searches: number;
}

export interface ListedTimes {
  /** Oldest first. */
  instants: number[];
  /** No occurrence up to here is missing; earlier than `untilMs` where a limit was met. */
  coveredMs: number;
  /** How many dates were searched for. */
  searches: number;
}

const DAY_MS = 86_400_000;

/**
 * The occurrences of a schedule in a window, as `nextOccurrence` gives them one by one. Dates that
 * `L`, `W` and `#` give must be searched for, and are bounded. Throws `SchedulerError` with
 * `config_invalid` for a cron expression that `checkCron` refuses.
 */
export function listOccurrences(schedule: JobSchedule, options: ListOptions): ListedTimes {
  const { anchorMs, afterMs, untilMs, limit } = options;
  const searched = searchesDates(schedule);
  const instants: number[] = [];
  let lastMs = afterMs;
  let searches = 0;
  for (;;) {
    if (searched && searches >= options.searches) break;
    const nextMs = nextOccurrence(schedule, { anchorMs, afterMs: lastMs });
    const ended = nextMs === null || nextMs > untilMs;
    if (searched && (ended || !sameDay(lastMs, nextMs))) searches += 1;
    if (ended) return { instants, coveredMs: untilMs, searches };
    if (instants.length >= limit) break;
    instants.push(nextMs);
    lastMs = nextMs;
  }
  return { instants, coveredMs: lastMs, searches };
}

function searchesDates(schedule: JobSchedule): boolean {
  if (schedule.type !== "cron") return false;
  const pattern = parseCron(schedule.expression);
  return !isProblem(pattern) && pattern.specialDays;
}

function sameDay(oneMs: number, otherMs: number): boolean {
  return Math.floor(oneMs / DAY_MS) === Math.floor(otherMs / DAY_MS);
}
