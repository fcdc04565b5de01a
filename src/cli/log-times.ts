import { SchedulerError } from "../model/errors.ts";
import { parseDuration } from "../schedule/duration.ts";

const DAY_MS = 86_400_000;

/**
 * A time as the commands of the log read it: how long ago (`1h`, `30m`, `2d`; a number alone counts
 * days), a date, which is its midnight in UTC, or a date with a time, in UTC unless it says otherwise.
 *
 * @throws SchedulerError `usage`
 */
export function logTime(text: string, nowMs: number): Date {
  const trimmed = text.trim();
  const ms = logAge(trimmed);
  if (ms !== null) return new Date(nowMs - ms);
  const zoned = /^\d{4}-\d\d-\d\d[T ].*(Z|[+-]\d\d:?\d\d)$/i.test(trimmed);
  const isDate = /^\d{4}-\d\d-\d\d$/.test(trimmed);
  const date = new Date(isDate || zoned ? trimmed : `${trimmed}Z`);
  if (/^\d{4}-\d\d-\d\d/.test(trimmed) && !Number.isNaN(date.getTime())) return date;
  throw new SchedulerError("usage", `cannot read the time '${text}'`, {
    help: "write how long ago (1h, 30m, 2d), or a time such as 2026-11-21T09:30:00Z",
  });
}

/** A length of time in ms; a number alone counts days. Null: it is none. */
export function logAge(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  if (/^\d{1,6}$/.test(trimmed)) return Number(trimmed) * DAY_MS;
  return parseDuration(trimmed);
}
