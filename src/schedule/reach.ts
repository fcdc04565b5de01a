import type { CronPattern } from "./syntax.ts";

/** The most days that each month can have. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Whether any date matches the day and month fields, or null when only a search can tell. Over
 * 400 years each date of the year falls on each weekday, the 29th of February included, so only
 * days of the month that do not exist, and special forms joined by `+`, can fail.
 */
export function everFires(pattern: CronPattern): boolean | null {
  const { dayOfMonth, dayOfWeek, bothDays, eitherDay } = pattern;
  if (eitherDay) return true;
  if (bothDays && !dayOfMonth.any && (dayOfWeek.nth || dayOfMonth.last)) return null;
  if (bothDays && dayOfMonth.nearest.length > 0) return null;
  return daysExist(pattern);
}

/** Whether some month that is given has one of the days of the month. */
export function daysExist({ dayOfMonth, month }: CronPattern): boolean {
  if (dayOfMonth.any || dayOfMonth.last) return true;
  const earliest = Math.min(...dayOfMonth.values, ...dayOfMonth.nearest);
  return month.values.some((value) => earliest <= (LONGEST[value - 1] ?? 0));
}
