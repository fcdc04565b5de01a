import type { TimesDiff } from "../plan/times-diff.ts";
import type { PlannedSchedule } from "../plan/schedule.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const MONTH_MS = 30.44 * DAY_MS;

/** Enough times for their number to tell how often a job runs. */
const COUNTED_FROM = 20;
/** A month may have 28 days or 31. */
const GAP_TOLERANCE = 0.04;
/** Less of a difference is not worth a warning: a job that leaves out the weekends. */
const WORTH_SAYING = 1.5;

/** The lengths that are called by a name; others are counted by day or week. */
const LENGTHS: readonly (readonly [ms: number, phrase: string])[] = [
  [365.25 * DAY_MS, "once a year"],
  ...named(MONTH_MS, "month", [6, 3, 2, 1]),
  ...named(WEEK_MS, "week", [2, 1]),
  ...named(DAY_MS, "day", [5, 4, 3, 2, 1]),
  ...named(HOUR_MS, "hour", [12, 8, 6, 4, 3, 2, 1]),
  ...named(MINUTE_MS, "minute", [30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1]),
  ...named(SECOND_MS, "second", [30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1]),
];

interface Rate {
  meanMs: number;
  phrase: string;
}

/** `every 5 minutes → once a day`, where a job runs much more or less often than it did; or null. */
export function rateChange(times: TimesDiff): string | null {
  const { before, after, kept, moved, added, removed } = times;
  if (before === null || after === null) return null;
  const spanMs = Date.parse(times.until) - Date.parse(times.from);
  const was = rateOf(before, kept + moved + removed, spanMs);
  const is = rateOf(after, kept + moved + added, spanMs);
  if (was === null || is === null || was.phrase === is.phrase) return null;
  const ratio = is.meanMs / was.meanMs;
  const worthSaying = ratio >= WORTH_SAYING || ratio <= 1 / WORTH_SAYING;
  return worthSaying ? `${was.phrase} → ${is.phrase}` : null;
}

function rateOf({ next }: PlannedSchedule, count: number, spanMs: number): Rate | null {
  if (count >= COUNTED_FROM) {
    const meanMs = spanMs / count;
    return { meanMs, phrase: phraseOf(meanMs, Math.max(0.01, 1.5 / count)) };
  }
  const instants = next.map((text) => Date.parse(text));
  const [first] = instants;
  const last = instants.at(-1);
  if (first === undefined || last === undefined || first === last) return null;
  const meanMs = (last - first) / (instants.length - 1);
  // Times that come in bursts are farther apart than the next three show.
  const isBurst = count > 0 && spanMs / meanMs > 2 * count + 2;
  return isBurst
    ? { meanMs: spanMs / count, phrase: monthPhrase(spanMs / count) }
    : { meanMs, phrase: phraseOf(meanMs, GAP_TOLERANCE) };
}

function phraseOf(meanMs: number, tolerance: number): string {
  const exact = LENGTHS.find(([ms]) => Math.abs(ms - meanMs) <= tolerance * meanMs);
  if (exact !== undefined) return exact[1];
  const perDay = Math.round(DAY_MS / meanMs);
  if (perDay >= 2) return `about ${perDay.toLocaleString("en")} times a day`;
  const perWeek = Math.round(WEEK_MS / meanMs);
  if (perWeek >= 2) return `about ${perWeek} times a week`;
  return `about every ${Math.round(meanMs / DAY_MS)} days`;
}

function monthPhrase(meanMs: number): string {
  return `about ${Math.round(MONTH_MS / meanMs)} times a month`;
}

function named(unitMs: number, unit: string, counts: readonly number[]): [number, string][] {
  const single = unitMs < DAY_MS ? `every ${unit}` : `once a ${unit}`;
  return counts.map((count) => [count * unitMs, count === 1 ? single : `every ${count} ${unit}s`]);
}
