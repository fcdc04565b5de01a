import type { JobSchedule } from "../model/job.ts";
import { nextCron } from "./cron.ts";
import { isProblem } from "./fields.ts";
import { nextOccurrence } from "./next.ts";
import type { PlainClock } from "./plain-times.ts";
import { plainClock, wallTimes } from "./plain-times.ts";
import { offsetStretch } from "./shifts.ts";
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
  /** The most that the calculator is asked: an answer of it costs as much as 1,000 counted times. */
  searches: number;
}

export interface ListedTimes {
  /** Oldest first. */
  instants: number[];
  /** No occurrence up to here is missing; earlier than `untilMs` where a limit was met. */
  coveredMs: number;
  /** How often the calculator was asked. */
  searches: number;
}

const DAY_MS = 86_400_000;

/**
 * The occurrences of a schedule in a window: those that `nextOccurrence` gives one by one, but
 * many thousands in a millisecond. Throws `SchedulerError` with `config_invalid` for a cron
 * expression that `checkCron` refuses.
 */
export function listOccurrences(schedule: JobSchedule, options: ListOptions): ListedTimes {
  return schedule.type === "cron" ? listCron(schedule, options) : listPlain(schedule, options);
}

function listPlain(
  schedule: Exclude<JobSchedule, { type: "cron" }>,
  { anchorMs, afterMs, untilMs, limit }: ListOptions,
): ListedTimes {
  const instants: number[] = [];
  let nextMs = nextOccurrence(schedule, { anchorMs, afterMs });
  while (nextMs !== null && nextMs <= untilMs) {
    if (instants.length >= limit) return listed(instants, instants.at(-1) ?? afterMs);
    instants.push(nextMs);
    nextMs = nextOccurrence(schedule, { anchorMs, afterMs: nextMs });
  }
  return listed(instants, untilMs);
}

function listed(instants: number[], coveredMs: number): ListedTimes {
  return { instants, coveredMs, searches: 0 };
}

/**
 * While the clocks of a zone keep their offset, times are counted. In the day after a transition
 * a fixed schedule makes up for times that were lost and leaves out those that come again, which
 * is the calculator's to know; so are days that `L`, `W` and `#` give.
 */
function listCron(
  schedule: Extract<JobSchedule, { type: "cron" }>,
  options: ListOptions,
): ListedTimes {
  const { timezone } = schedule;
  const pattern = parseCron(schedule.expression);
  const clock = isProblem(pattern) ? null : plainClock(pattern);
  const walk: ListedTimes = { instants: [], coveredMs: options.afterMs, searches: 0 };
  while (walk.coveredMs < options.untilMs) {
    if (clock === null || isProblem(pattern)) {
      if (!search(walk, schedule, options)) break;
      continue;
    }
    const stretch = offsetStretch(timezone, walk.coveredMs + 1);
    const settledMs = pattern.fixed ? stretch.fromMs + DAY_MS : stretch.fromMs;
    const complete =
      walk.coveredMs < settledMs
        ? search(walk, schedule, { ...options, untilMs: Math.min(options.untilMs, settledMs) })
        : count(walk, clock, {
            offsetMs: stretch.offsetMs,
            untilMs: Math.min(options.untilMs, stretch.untilMs - 1),
            limit: options.limit,
          });
    if (!complete) break;
  }
  return walk;
}

/** Whether all times up to `untilMs` could be listed. */
function search(
  walk: ListedTimes,
  { expression, timezone }: Extract<JobSchedule, { type: "cron" }>,
  { untilMs, limit, searches }: ListOptions,
): boolean {
  while (walk.coveredMs < untilMs) {
    if (walk.searches >= searches || walk.instants.length >= limit) return false;
    const nextMs = nextCron(expression, timezone, walk.coveredMs);
    walk.searches += 1;
    walk.coveredMs = Math.min(nextMs ?? Infinity, untilMs);
    if (nextMs !== null && nextMs <= untilMs) walk.instants.push(nextMs);
  }
  return true;
}

/** Whether all times up to `untilMs` could be listed. */
function count(
  walk: ListedTimes,
  clock: PlainClock,
  { offsetMs, untilMs, limit }: { offsetMs: number; untilMs: number; limit: number },
): boolean {
  const room = limit - walk.instants.length;
  const times = wallTimes(clock, {
    afterMs: walk.coveredMs + offsetMs,
    untilMs: untilMs + offsetMs,
    // One more than there is room for tells a full list from one that was cut.
    limit: room + 1,
  });
  for (const timeMs of times.slice(0, room)) walk.instants.push(timeMs - offsetMs);
  walk.coveredMs = times.length > room ? (walk.instants.at(-1) ?? walk.coveredMs) : untilMs;
  return times.length <= room;
}
