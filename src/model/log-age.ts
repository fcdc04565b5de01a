import type { LogLevel } from "./execution.ts";
import { LOG_LEVELS } from "./execution.ts";
import { durationText } from "./job.ts";
import type { LogAge } from "./job.ts";

/** How long a line of that level is kept, in ms. */
export function ageOfLevel(age: LogAge, level: LogLevel): number {
  return typeof age === "number" ? age : age[`${level}Ms`];
}

/** At least so long, whatever the level. */
export function atLeast(age: LogAge, leastMs: number): LogAge {
  if (typeof age === "number") return Math.max(age, leastMs);
  return {
    debugMs: Math.max(age.debugMs, leastMs),
    infoMs: Math.max(age.infoMs, leastMs),
    warnMs: Math.max(age.warnMs, leastMs),
    errorMs: Math.max(age.errorMs, leastMs),
  };
}

/** `30d`, or `debug 1d, info 7d, warn 30d, error 90d`. */
export function logAgeText(age: LogAge): string {
  if (typeof age === "number") return durationText(age);
  return LOG_LEVELS.map((level) => `${level} ${durationText(ageOfLevel(age, level))}`).join(", ");
}
