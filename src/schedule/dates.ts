import type { CronField } from "./fields.ts";
import type { CronPattern } from "./syntax.ts";
import { nextSpecialDate } from "./special-dates.ts";

/** The dates that plain numbers name, in bits: 1 << n is the value n. */
export interface PlainDates {
  months: number;
  /** The bit of day 1 is the lowest. */
  monthDays: number;
  weekdays: number;
  /** A date that one of the two day fields names suffices. */
  either: boolean;
  everyDay: boolean;
}

/** The fields of day of the month, month and day of the week, where `L`, `W` or `#` is in them. */
export interface SpecialDates {
  fields: string;
}

export type DueDates = PlainDates | SpecialDates;

const DAY_MS = 86_400_000;
/** The first day that is not looked at: a schedule that is not due before the year 3000 never is. */
const END_DAY = Date.UTC(3000, 0, 1) / DAY_MS;
const EVERY_MONTH = 0b1_1111_1111_1110;
const EVERY_MONTH_DAY = 0x7fff_ffff;
const EVERY_WEEKDAY = 0b111_1111;
/** One bit for each Sunday of five weeks, when the first day is one. */
const WEEKS = 0x1020_4081;

/** What the day and month fields of an expression name. */
export function dueDates(pattern: CronPattern): DueDates {
  const { dayOfMonth, dayOfWeek, month, eitherDay: either } = pattern;
  if (pattern.specialDays) return { fields: pattern.text.split(" ").slice(3).join(" ") };
  const months = bitsOf(month);
  const monthDays = bitsOf(dayOfMonth) >>> 1;
  const weekdays = bitsOf(dayOfWeek);
  const [anyDay, anyWeekday] = [monthDays === EVERY_MONTH_DAY, weekdays === EVERY_WEEKDAY];
  const everyDay = months === EVERY_MONTH && (either ? anyDay || anyWeekday : anyDay && anyWeekday);
  return { months, monthDays, weekdays, either, everyDay };
}

/**
 * The first due date from `fromDay` on, both as days since 1970-01-01 on the wall clock; null when
 * none comes before the year 3000.
 */
export function nextDate(dates: DueDates, fromDay: number): number | null {
  const day =
    "fields" in dates ? nextSpecialDate(dates.fields, fromDay) : nextPlain(dates, fromDay);
  return day === null || day >= END_DAY ? null : day;
}

function bitsOf({ values }: CronField): number {
  return values.reduce((bits, value) => bits | (1 << value), 0);
}

function nextPlain(dates: PlainDates, fromDay: number): number | null {
  if (dates.everyDay) return fromDay;
  const start = new Date(fromDay * DAY_MS);
  let [year, month] = [start.getUTCFullYear(), start.getUTCMonth() + 1];
  let firstDay = fromDay - start.getUTCDate() + 1;
  let left = -1 << (start.getUTCDate() - 1);
  while (firstDay < END_DAY) {
    const length = monthLength(year, month);
    if ((dates.months & (1 << month)) !== 0) {
      const due = dueInMonth(dates, { firstDay, length }) & left;
      if (due !== 0) return firstDay + lowestBit(due);
    }
    firstDay += length;
    left = -1;
    year += month === 12 ? 1 : 0;
    month = (month % 12) + 1;
  }
  return null;
}

/** The due days of a month, the bit of its first day the lowest. */
function dueInMonth(
  { monthDays, weekdays, either }: PlainDates,
  { firstDay, length }: { firstDay: number; length: number },
): number {
  // The first of January 1970 was a Thursday.
  const first = (((firstDay + 4) % 7) + 7) % 7;
  const fromFirst = ((weekdays >> first) | (weekdays << (7 - first))) & EVERY_WEEKDAY;
  const byWeekday = Math.imul(fromFirst, WEEKS);
  const days = either ? monthDays | byWeekday : monthDays & byWeekday;
  return days & (EVERY_MONTH_DAY >>> (31 - length));
}

function monthLength(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The position of the lowest bit that is set. */
export function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
