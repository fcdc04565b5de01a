import { SchedulerError } from "../model/errors.ts";
import { parseDuration } from "../schedule/duration.ts";
import { askedTime, type AskedTimeOptions } from "./asked-time.ts";

const DAY_MS = 86_400_000;

/**
 * A time as the commands read it that look back: how long ago (`1h`, `30m`, `2d`; a number alone counts
 * days), or any time that `explain` reads, of which the first instant counts: a day begins at its
 * midnight, and what names no offset is by the clocks of the zone in which times are shown.
 *
 * @throws SchedulerError `usage`
 */
export function pastTime(text: string, options: AskedTimeOptions): Date {
  const ms = ageMs(text);
  return new Date(ms === null ? askedTime(text, options).fromMs : options.nowMs - ms);
}

/** What `--since` and `--until` ask for. */
export interface TimeSpan {
  since: Date | null;
  until: Date | null;
}

/**
 * Reads them, and refuses at once what they cannot mean in any zone; the answer knows it in one.
 *
 * @throws SchedulerError `usage`
 */
export function toTimeSpan(options: {
  since?: string | undefined;
  until?: string | undefined;
}): (timezone: string) => TimeSpan {
  const nowMs = Date.now();
  const spanIn = (timezone: string): TimeSpan => {
    const timeOf = (text: string | undefined, after?: Date | null): Date | null =>
      text === undefined ? null : pastTime(text, { nowMs, timezone, afterMs: after?.getTime() });
    const since = timeOf(options.since);
    return { since, until: timeOf(options.until, since) };
  };
  const { since, until } = spanIn("UTC");
  if (since !== null && until !== null && since >= until) {
    throw new SchedulerError("usage", "nothing is between --since and --until", {
      help: "--since is the earlier one: --since 2d --until 1d is the day before yesterday's",
    });
  }
  return spanIn;
}

/** A length of time in ms; a number alone counts days. Null: it is none. */
export function ageMs(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  if (/^\d{1,6}$/.test(trimmed)) return Number(trimmed) * DAY_MS;
  return parseDuration(trimmed);
}
