import { SchedulerError } from "../model/errors.ts";

/** What a person means by a time: every instant of the minute, second or day that was typed. */
export interface AskedTime {
  fromMs: number;
  /** Exclusive. */
  untilMs: number;
  /** The same time of the day once more, where the clocks were set back; else null. */
  again: { fromMs: number; untilMs: number } | null;
  /** The clocks skipped it: the first instant after the gap is meant. */
  skipped: boolean;
  /** The day that was typed without a time, `2026-11-20`; null: an instant was asked about. */
  day: string | null;
}

export interface AskedTimeOptions {
  /** The zone of times without an offset. */
  timezone: string;
  nowMs: number;
  /** Where a stretch begins whose end is asked for. */
  afterMs?: number | undefined;
}

/**
 * Reads a time as people type it, or as our own outputs show it:
 *
 * - `2026-11-20T01:00:00Z`, `2026-11-20 02:00 +01:00`: with its offset;
 * - `2026-11-20 02:00`: by the clocks of the zone, with seconds and milliseconds if need be;
 * - `today 02:00`, `yesterday 02:00`, `tomorrow 02:00`;
 * - `02:00`: the last time that the clocks showed it; as the end of a stretch that begins later, that
 *   of today, which is to come;
 * - `2026-11-20`, `today`, `yesterday`, `tomorrow`: the whole day;
 * - `now`, `10m ago`, `5 minutes ago`, `2 days ago`: the minute that holds it, or the second where
 *   seconds are counted.
 *
 * A weekday before the date is passed over.
 *
 * @throws SchedulerError `usage`
 */
export function askedTime(text: string, options: AskedTimeOptions): AskedTime {
  const typed = text.trim().toLowerCase().replaceAll(/\s+/g, " ");
  const parts = partsOf(typed);
  const asked = parts === null ? agoOf(typed, options) : meaningOf(parts, options);
  if (asked !== null) return asked;
  throw new SchedulerError("usage", `cannot read the time '${text}'`, { help: FORMS });
}

const FORMS =
  "write 2026-11-20 02:00 for a time in the zone that times are shown in, 2026-11-20T01:00:00Z or " +
  "2026-11-20T02:00+01:00 for one with its offset, yesterday 02:00, 02:00 for the last one, " +
  "now, 10m ago, or 2026-11-20 for the day";

interface Parts {
  /** `2026-11-20`, `today` and its kin; null: not given. */
  date: string | null;
  /** `02:00`, `02:00:30.5`; null: not given. */
  time: string | null;
  /** `Z`, `+01:00`; null: not given. */
  offset: string | null;
}

const WEEKDAY = /(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +/;
const DATE = /(?<date>\d{4}-\d\d-\d\d|today|yesterday|tomorrow)/;
const CLOCK = /(?<time>\d\d:\d\d(?::\d\d(?:[.,]\d{1,3})?)?)/;
const OFFSET = /(?<offset>z|utc|[+-]\d\d:?\d\d)/;

const TIME = new RegExp(
  `^(?:${WEEKDAY.source})?${DATE.source}?(?:(?:^|[ t]+)${CLOCK.source})?(?: *${OFFSET.source})?$`,
);

function partsOf(text: string): Parts | null {
  const groups = TIME.exec(text)?.groups;
  if (groups === undefined) return null;
  const { date = null, time = null, offset = null } = groups;
  if (date === null && time === null) return null;
  return { date, time: time?.replace(",", ".") ?? null, offset };
}

function meaningOf(parts: Parts, options: AskedTimeOptions): AskedTime | null {
  const { timezone, nowMs, afterMs } = options;
  const zone = zoneOf(parts.offset) ?? timezone;
  try {
    const now = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(zone);
    const date = dateOf(parts.date, now.toPlainDate());
    if (parts.time === null) return wholeDay(date, zone);
    const clock = Temporal.PlainTime.from(parts.time);
    const asked = atClock(date.toPlainDateTime(clock), { zone, lengthMs: precision(parts.time) });
    if (parts.date !== null || asked.fromMs <= nowMs) return asked;
    const before = date.subtract({ days: 1 }).toPlainDateTime(clock);
    const last = atClock(before, { zone, lengthMs: precision(parts.time) });
    const toCome = afterMs !== undefined && last.fromMs < afterMs && afterMs < asked.fromMs;
    return toCome ? asked : last;
  } catch (error) {
    // There is no such day or time, as with 30 February.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const AGO =
  /^(?<number>\d{1,6}) ?(?<unit>s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?) ago$/;

/** Lengths of time count back from now: a day is the same time of the day before. */
function agoOf(text: string, { timezone, nowMs }: AskedTimeOptions): AskedTime | null {
  if (text === "now") return around(nowMs, 60_000);
  const { number, unit } = AGO.exec(text)?.groups ?? {};
  if (number === undefined || unit === undefined) return null;
  const count = Number(number);
  try {
    const now = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(timezone);
    const then = now.subtract(agoLength(unit, count));
    return around(then.epochMilliseconds, unit.startsWith("s") ? 1_000 : 60_000);
  } catch (error) {
    // It is further back than any calendar goes.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function agoLength(unit: string, count: number): Temporal.DurationLike {
  if (unit.startsWith("s")) return { seconds: count };
  if (unit.startsWith("m")) return { minutes: count };
  if (unit.startsWith("h")) return { hours: count };
  return unit.startsWith("d") ? { days: count } : { weeks: count };
}

/** The whole second or minute that holds an instant. */
function around(instantMs: number, lengthMs: number): AskedTime {
  const fromMs = Math.floor(instantMs / lengthMs) * lengthMs;
  return { fromMs, untilMs: fromMs + lengthMs, again: null, skipped: false, day: null };
}

function zoneOf(offset: string | null): string | null {
  if (offset === null) return null;
  if (offset === "z" || offset === "utc") return "UTC";
  return offset.includes(":") ? offset : `${offset.slice(0, 3)}:${offset.slice(3)}`;
}

function dateOf(text: string | null, today: Temporal.PlainDate): Temporal.PlainDate {
  switch (text) {
    case null:
    case "today":
      return today;
    case "yesterday":
      return today.subtract({ days: 1 });
    case "tomorrow":
      return today.add({ days: 1 });
    default:
      return Temporal.PlainDate.from(text, { overflow: "reject" });
  }
}

/** How long what was typed lasts: `02:00` is a minute, `02:00:30` a second, `02:00:30.5` an instant. */
function precision(time: string): number {
  if (time.includes(".")) return 1;
  return time.length > 5 ? 1_000 : 60_000;
}

function wholeDay(date: Temporal.PlainDate, zone: string): AskedTime {
  const from = date.toZonedDateTime(zone);
  const until = date.add({ days: 1 }).toZonedDateTime(zone);
  return {
    fromMs: from.epochMilliseconds,
    untilMs: until.epochMilliseconds,
    again: null,
    skipped: false,
    day: date.toString(),
  };
}

function atClock(
  clock: Temporal.PlainDateTime,
  { zone, lengthMs }: { zone: string; lengthMs: number },
): AskedTime {
  const from = (ms: number): { fromMs: number; untilMs: number } => ({
    fromMs: ms,
    untilMs: ms + lengthMs,
  });
  const first = clock.toZonedDateTime(zone, { disambiguation: "earlier" });
  const second = clock.toZonedDateTime(zone, { disambiguation: "later" });
  const firstMs = first.epochMilliseconds;
  if (firstMs === second.epochMilliseconds) {
    return { ...from(firstMs), again: null, skipped: false, day: null };
  }
  if (first.toPlainDateTime().equals(clock)) {
    return { ...from(firstMs), again: from(second.epochMilliseconds), skipped: false, day: null };
  }
  const gap = first.getTimeZoneTransition("next");
  return { ...from(gap?.epochMilliseconds ?? firstMs), again: null, skipped: true, day: null };
}
