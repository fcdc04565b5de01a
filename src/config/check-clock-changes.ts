import { checkCron, nextCron } from "../schedule/cron.ts";
import type { CronProblem } from "../schedule/fields.ts";
import { shiftsBetween, type ZoneShift } from "../schedule/shifts.ts";
import { cronTimes, writtenFields, type CronTimes } from "./cron-times.ts";
import { remembering } from "./remembering.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 366 * DAY_MS;

/**
 * The warning about dates of the next year on which the clocks of the zone change at a time that
 * the schedule names. A schedule with `*` or `/` in its times follows real time: it has no
 * occurrence in the hour that is skipped, and two in the one that is repeated.
 */
export function clockChangeWarning(
  expression: string,
  { timezone, nowMs }: { timezone: string; nowMs: number },
): CronProblem | null {
  const times = cronTimes(expression);
  // One that names its times by value runs once whatever the clocks do, and one for all hours of
  // the day is meant to follow real time.
  if (timezone === "UTC" || times === null || times.fixed || times.wholeDay) return null;
  const day = Math.floor(nowMs / DAY_MS);
  return known([timezone, day, expression].join(" ")).warning;
}

/** Kept by the day, so that the result does not depend on when of the day it was first asked. */
const known = remembering((key) => {
  const [timezone = "", day = "", ...fields] = key.split(" ");
  const given = { expression: fields.join(" "), timezone };
  const fromMs = Number(day) * DAY_MS;
  const phrases = shiftsBetween(timezone, fromMs, fromMs + YEAR_MS).map((shift) =>
    shift.wallToMs > shift.wallFromMs ? skipped(shift, given) : repeated(shift, given),
  );
  const found = phrases.filter((phrase) => phrase !== null);
  if (found.length === 0) return { warning: null };
  const message = `in ${timezone} it is ${found.join("; ")}`;
  return { warning: { message, help: fixedHelp(given) } };
});

interface Given {
  expression: string;
  timezone: string;
}

/** UTC has no shifts: in it the expression shows which times of the wall clock it names. */
function firstNamed(
  { expression }: Given,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): number | null {
  const times = cronTimes(expression);
  if (times === null || !touches(times, { fromMs, toMs })) return null;
  const wallMs = nextCron(expression, "UTC", fromMs - 1);
  return wallMs !== null && wallMs < toMs ? wallMs : null;
}

/** Spares most schedules a calculator. */
function touches(
  { hours, months, monthDays }: CronTimes,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): boolean {
  for (let hourMs = Math.floor(fromMs / HOUR_MS) * HOUR_MS; hourMs < toMs; hourMs += HOUR_MS) {
    const hour = new Date(hourMs);
    const named =
      hours.includes(hour.getUTCHours()) &&
      months.includes(hour.getUTCMonth() + 1) &&
      (monthDays.length === 0 || monthDays.includes(hour.getUTCDate()));
    if (named) return true;
  }
  return false;
}

function skipped({ atMs, wallFromMs, wallToMs }: ZoneShift, given: Given): string | null {
  const lostMs = firstNamed(given, { fromMs: wallFromMs, toMs: wallToMs });
  if (lostMs === null) return null;
  const { expression, timezone } = given;
  const atEnd = nextCron(expression, timezone, atMs - 1) === atMs;
  // The calculator may have put the lost time at the end of the gap.
  if (atEnd && nextCron(expression, "UTC", wallToMs - 1) !== wallToMs) return null;
  const date = dateText(lostMs);
  const [from, to] = [clockText(wallFromMs), clockText(wallToMs)];
  return isDueOn(lostMs, given)
    ? `not due between ${from} and ${to} on ${date}, which the clocks skip`
    : `not due on ${date}, when the clocks go from ${from} to ${to}`;
}

function repeated({ atMs, wallFromMs, wallToMs }: ZoneShift, given: Given): string | null {
  const twiceMs = firstNamed(given, { fromMs: wallToMs, toMs: wallFromMs });
  if (twiceMs === null) return null;
  const { expression, timezone } = given;
  const passMs = wallFromMs - wallToMs;
  const first = nextCron(expression, timezone, atMs - passMs - 1);
  const second = nextCron(expression, timezone, atMs - 1);
  const both = first !== null && first < atMs && second !== null && second < atMs + passMs;
  if (!both) return null;
  const date = dateText(twiceMs);
  const dayMs = Math.floor(twiceMs / DAY_MS) * DAY_MS;
  const before = nextCron(expression, "UTC", dayMs - 1) ?? Infinity;
  const after = nextCron(expression, "UTC", wallFromMs - 1) ?? Infinity;
  const onlyThen = before >= wallToMs && after >= dayMs + DAY_MS;
  const [from, to] = [clockText(wallFromMs), clockText(wallToMs)];
  return onlyThen
    ? `due twice at each time on ${date}, when the clocks go back from ${from} to ${to}`
    : `due twice at each time between ${to} and ${from} on ${date}, which the clocks repeat`;
}

/** Whether anything is left on the local date of a time of the wall clock. */
function isDueOn(wallMs: number, { expression, timezone }: Given): boolean {
  const date = Temporal.PlainDate.from(new Date(wallMs).toISOString().slice(0, 10));
  const startMs = date.toZonedDateTime(timezone).epochMilliseconds;
  const endMs = date.add({ days: 1 }).toZonedDateTime(timezone).epochMilliseconds;
  const dueMs = nextCron(expression, timezone, startMs - 1);
  return dueMs !== null && dueMs < endMs;
}

const LONGEST_LIST = 12;

function fixedHelp({ expression, timezone }: Given): string {
  const times = cronTimes(expression);
  const fields = writtenFields(expression);
  const values = [times?.seconds ?? [], times?.minutes ?? [], times?.hours ?? []].slice(
    6 - fields.length,
  );
  const rewritten = fields.map((field, index) => {
    const list = values[index];
    return list === undefined || !/[*/]/.test(field) ? field : list.join(",");
  });
  const text = rewritten.join(" ");
  const short = values.every((list) => list.length <= LONGEST_LIST);
  if (short && checkCron(text, timezone) === null) {
    return `written out, a time that is skipped or repeated is due once: \`${text}\``;
  }
  return `take other hours, or a zone whose clocks do not change: {cron: "${fields.join(" ")}", timezone: UTC}`;
}

/** `Sun 2027-03-28`. */
function dateText(wallMs: number): string {
  const date = new Date(wallMs);
  return `${WEEKDAYS[date.getUTCDay()]} ${date.toISOString().slice(0, 10)}`;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** `01:00`. */
function clockText(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(11, 16);
}
