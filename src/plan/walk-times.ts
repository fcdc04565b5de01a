import type { JobSchedule } from "../model/job.ts";
import { canonicalJson } from "../model/json.ts";
import { listOccurrences } from "../schedule/list-times.ts";
import type { PlannedSchedule } from "./schedule.ts";
import { OCCURRENCES_SHOWN, plannedAt, plannedSchedule } from "./schedule.ts";

/** The due times of one schedule. */
export interface WalkedTimes {
  planned: PlannedSchedule;
  /** Oldest first; some lie beyond the horizon. */
  instants: number[];
  /** No time up to here is missing. */
  coveredMs: number;
}

/** The schedules of one change. */
export interface ScheduleSides {
  schedules: JobSchedule[];
  /** Their times are known to be the same and need no walk. */
  proved: boolean;
}

interface Share {
  limit: number;
  searches: number;
}

interface WalkOptions {
  nowMs: number;
  horizonMs: number;
  timezone?: string;
}

const DAY_MS = 86_400_000;

/** A month of minutes and a week more; 16 hours of seconds. */
const INSTANTS_PER_SCHEDULE = 54_000;
const INSTANTS_PER_PLAN = 1_000_000;
const SEARCHES_PER_SCHEDULE = 1_000;
const SEARCHES_PER_PLAN = 5_000;
/** The times that are compared, over all changes with sides of their own. */
const COMPARED_PER_PLAN = 4_000_000;
/** Times beyond the horizon show to where the last ones before it move. */
const LOOK_BEYOND_MS = 7 * DAY_MS;

/** What is proved to be the same is not compared, but shown. */
const NEXT_ONLY: Share = { limit: OCCURRENCES_SHOWN, searches: 0 };

/** Spans that a reader can weigh, for what was cut short. */
const READABLE_SPANS_MS: readonly number[] = [
  ...[365, 180, 90, 60, 30, 21, 14, 7, 5, 3, 2, 1].map((days) => days * DAY_MS),
  ...[12, 6, 3, 2, 1].map((hours) => hours * 3_600_000),
  ...[30, 15, 10, 5, 2, 1].map((minutes) => minutes * 60_000),
  ...[30, 10, 5, 1].map((seconds) => seconds * 1_000),
];

/**
 * The due times of each schedule, by its canonical JSON. Each is walked once, and all share one
 * budget: the more schedules differ, the fewer of their times are listed.
 */
export function walkSchedules(
  sides: readonly ScheduleSides[],
  options: WalkOptions,
): Map<string, WalkedTimes> {
  const toWalk = new Set<string>();
  const pairs = new Set<string>();
  const schedules = new Map<string, JobSchedule>();
  for (const { schedules: both, proved } of sides) {
    const keys = both.map(canonicalJson);
    for (const [index, schedule] of both.entries()) schedules.set(keys[index] ?? "", schedule);
    if (proved) continue;
    for (const key of keys) toWalk.add(key);
    pairs.add(keys.join(" "));
  }
  const perPair = Math.floor(COMPARED_PER_PLAN / Math.max(1, pairs.size));
  const budget = { instants: INSTANTS_PER_PLAN, searches: SEARCHES_PER_PLAN, left: toWalk.size };
  const walked = new Map<string, WalkedTimes>();
  for (const [key, schedule] of schedules) {
    const share = toWalk.has(key) ? takeShare(budget, perPair) : NEXT_ONLY;
    const { times, searches } = walkOne(schedule, options, share);
    budget.instants -= times.instants.length;
    budget.searches -= searches;
    walked.set(key, times);
  }
  return walked;
}

/**
 * The end of what can be compared: the horizon, or a span that is easy to weigh within what both
 * sides cover.
 */
export function readableUntil({
  nowMs,
  horizonMs,
  coveredMs,
}: WalkOptions & { coveredMs: number }): number {
  const spanMs = coveredMs - nowMs;
  if (spanMs >= horizonMs) return nowMs + horizonMs;
  return nowMs + (READABLE_SPANS_MS.find((readableMs) => readableMs <= spanMs) ?? spanMs);
}

/** An even share of what is left; what one schedule does not need is there for the next ones. */
function takeShare(
  budget: { instants: number; searches: number; left: number },
  limit: number,
): Share {
  const { instants, searches, left } = budget;
  budget.left -= 1;
  return {
    limit: Math.min(INSTANTS_PER_SCHEDULE, limit, Math.floor(Math.max(0, instants) / left)),
    searches: Math.min(SEARCHES_PER_SCHEDULE, Math.floor(searches / left)),
  };
}

function walkOne(
  schedule: JobSchedule,
  { nowMs, horizonMs, timezone }: WalkOptions,
  share: Share,
): { times: WalkedTimes; searches: number } {
  const { instants, coveredMs, searches } = listOccurrences(schedule, {
    ...share,
    anchorMs: nowMs,
    afterMs: nowMs,
    untilMs: nowMs + horizonMs + LOOK_BEYOND_MS,
  });
  const planned =
    instants.length < OCCURRENCES_SHOWN
      ? plannedSchedule(schedule, { anchorMs: nowMs, nowMs, timezone, enabled: true })
      : plannedAt(schedule, instants.slice(0, OCCURRENCES_SHOWN), timezone);
  // Of a schedule with few times, the next ones show how far apart they lie.
  const later = planned.next.slice(instants.length).map((text) => Date.parse(text));
  return { times: { planned, instants: [...instants, ...later], coveredMs }, searches };
}
