import type { Schedule } from "../model/config.generated.ts";
import { nextCron } from "../schedule/cron.ts";
import { parseDuration } from "../schedule/duration.ts";
import { cronTimes, type CronTimes } from "./cron-times.ts";
import { remembering } from "./remembering.ts";

const DAY_MS = 86_400_000;

/**
 * The shortest time between two occurrences of a schedule, in milliseconds, if `lengthMs` is longer
 * than that; null where it fits. The days on which the clocks change do not count.
 */
export function exceededInterval(schedule: Schedule, lengthMs: number): number | null {
  if (typeof schedule !== "string" && "at" in schedule) return null;
  if (typeof schedule !== "string" && "every" in schedule) {
    const everyMs = parseDuration(schedule.every);
    return everyMs !== null && lengthMs > everyMs ? everyMs : null;
  }
  const expression = typeof schedule === "string" ? schedule : schedule.cron;
  const times = cronTimes(expression);
  if (times === null) return null;
  const { withinMs, spanMs } = distances(times);
  const acrossMs = DAY_MS - spanMs;
  if (lengthMs > withinMs) return times.everyDay ? Math.min(withinMs, acrossMs) : withinMs;
  if (lengthMs <= acrossMs) return null;
  // Only where the answer hangs on the days is the calculator asked for it.
  const betweenMs = times.everyDay ? acrossMs : shortestDays(times.days) - spanMs;
  return lengthMs > betweenMs ? betweenMs : null;
}

/**
 * The shortest distance of two times of one day, Infinity where there is but one, and the distance
 * of its first and its last.
 */
function distances({ seconds, minutes, hours }: CronTimes): { withinMs: number; spanMs: number } {
  const fields = [
    { values: seconds, unitMs: 1_000 },
    { values: minutes, unitMs: 60_000 },
    { values: hours, unitMs: 3_600_000 },
  ];
  let withinMs = Infinity;
  let firstMs = 0;
  let lastMs = 0;
  for (const { values, unitMs } of fields) {
    for (const [index, value] of values.entries()) {
      const before = values[index - 1];
      // From the last time below one value to the first below the next.
      if (before !== undefined)
        withinMs = Math.min(withinMs, (value - before) * unitMs - (lastMs - firstMs));
    }
    firstMs += (values[0] ?? 0) * unitMs;
    lastMs += (values.at(-1) ?? 0) * unitMs;
  }
  return { withinMs, spanMs: lastMs - firstMs };
}

const DATES_READ = 400;
/** Any instant does; a fixed one gives the same answer every day. */
const FROM_MS = Date.UTC(2024, 0, 1);

/** The shortest distance of two dates that match the fields of days and months. */
const shortestDays = remembering((days) => {
  const expression = `0 0 ${days}`;
  let shortestMs = Infinity;
  let atMs = nextCron({ expression, timezone: "UTC" }, FROM_MS);
  for (let read = 0; read < DATES_READ && atMs !== null && shortestMs > DAY_MS; read += 1) {
    const nextMs = nextCron({ expression, timezone: "UTC" }, atMs);
    if (nextMs !== null) shortestMs = Math.min(shortestMs, nextMs - atMs);
    atMs = nextMs;
  }
  return shortestMs;
});
