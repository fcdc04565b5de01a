import { nearestPairs } from "./pair-times.ts";

/** How two lists of due times differ. */
export interface TimesCount {
  kept: number;
  added: number;
  removed: number;
  moved: number;
  /** The commonest first, at most ten; ms, positive is later. */
  shifts: { byMs: number; count: number }[];
}

const SHIFTS_SHOWN = 10;
const HOUR_MS = 3_600_000;
const HALF_DAY_MS = 43_200_000;

/**
 * Compares the due times of a job before and after, oldest first, up to `untilMs`. Later ones that
 * are given are only looked at as places to which a time moves: one that moves out of the window
 * is moved and not removed, and one that comes into it from beyond is not added.
 */
export function compareTimes(
  before: readonly number[],
  after: readonly number[],
  untilMs: number,
): TimesCount {
  const { kept, gone, come } = splitTimes(before, after, untilMs);
  const pairs = nearestPairs(gone, come, nearMs(before, after));
  const shifts = new Map<number, number>();
  let moved = 0;
  let arrived = 0;
  for (const [goneMs, comeMs] of pairs) {
    if (comeMs <= untilMs) arrived += 1;
    if (goneMs > untilMs) continue;
    moved += 1;
    shifts.set(comeMs - goneMs, (shifts.get(comeMs - goneMs) ?? 0) + 1);
  }
  return {
    kept,
    added: countUntil(come, untilMs) - arrived,
    removed: countUntil(gone, untilMs) - moved,
    moved,
    shifts: commonestFirst(shifts),
  };
}

function splitTimes(
  before: readonly number[],
  after: readonly number[],
  untilMs: number,
): { kept: number; gone: number[]; come: number[] } {
  const gone: number[] = [];
  const come: number[] = [];
  let kept = 0;
  let next = 0;
  for (const timeMs of before) {
    for (let other = after[next]; other !== undefined && other < timeMs; other = after[next]) {
      come.push(other);
      next += 1;
    }
    if (after[next] !== timeMs) {
      gone.push(timeMs);
      continue;
    }
    next += 1;
    if (timeMs <= untilMs) kept += 1;
  }
  return { kept, gone, come: [...come, ...after.slice(next)] };
}

/**
 * How far a time can have moved: half of the way to the next one, on the side where they lie
 * farther apart. Where that is a day or more, the clocks of a zone may change by an hour between two
 * times, and between a time and where it moves.
 */
function nearMs(before: readonly number[], after: readonly number[]): number {
  const gapMs = Math.max(smallestGap(before), smallestGap(after));
  return gapMs / 2 + (gapMs > HALF_DAY_MS ? 2 * HOUR_MS : 0);
}

function smallestGap(times: readonly number[]): number {
  let smallestMs = Infinity;
  let lastMs = -Infinity;
  for (const timeMs of times) {
    smallestMs = Math.min(smallestMs, timeMs - lastMs);
    lastMs = timeMs;
  }
  return smallestMs;
}

function countUntil(times: readonly number[], untilMs: number): number {
  const beyond = times.findIndex((timeMs) => timeMs > untilMs);
  return beyond === -1 ? times.length : beyond;
}

function commonestFirst(shifts: ReadonlyMap<number, number>): TimesCount["shifts"] {
  return [...shifts]
    .map(([byMs, count]) => ({ byMs, count }))
    .sort((a, b) => b.count - a.count || Math.abs(a.byMs) - Math.abs(b.byMs) || b.byMs - a.byMs)
    .slice(0, SHIFTS_SHOWN);
}
