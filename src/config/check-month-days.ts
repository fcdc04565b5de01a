import type { CronProblem } from "../schedule/fields.ts";
import { cronTimes, writtenFields, type CronTimes } from "./cron-times.ts";

/** Months that never have the day, and whether February has it in some years. */
const MONTHS_WITHOUT: Record<29 | 30 | 31, readonly number[]> = {
  29: [2],
  30: [2],
  31: [2, 4, 6, 9, 11],
};

const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * The warning about a 29th, 30th or 31st that some months of the schedule do not have. A day that
 * ends a run of days (`25-31`, `28,29,30,31`) is meant as "as far as the month goes".
 */
export function monthDayWarning(expression: string): CronProblem | null {
  const times = cronTimes(expression);
  if (times === null) return null;
  const { monthDays } = times;
  const lacking = ([29, 30, 31] as const)
    .filter((day) => monthDays.includes(day) && !monthDays.includes(day - 1))
    .map((day) => ({ day, months: times.months.filter(without(day)) }))
    .filter(({ months }) => months.length > 0);
  if (lacking.length === 0) return null;
  const alone = lacking.length === monthDays.length;
  const phrases = lacking.map((days) => phrase(days, { times, alone }));
  return { message: `it is ${phrases.join("; ")}`, help: lastDayHelp(expression) };
}

function without(day: 29 | 30 | 31): (month: number) => boolean {
  return (month) => MONTHS_WITHOUT[day].includes(month);
}

function phrase(
  { day, months }: { day: number; months: number[] },
  { times, alone }: { times: CronTimes; alone: boolean },
): string {
  const names = months.map((month) => NAMES[month - 1]).join(", ");
  if (day === 29) {
    if (times.months.length === 1 && alone)
      return "due in leap years only: no other Feb has day 29";
    return `not due ${alone ? "" : "on day 29 "}in Feb, except in leap years`;
  }
  const missing = `${months.length === 1 ? "which has" : "which have"} no day ${day}`;
  return `not due ${alone ? "" : `on day ${day} `}in ${names}, ${missing}`;
}

function lastDayHelp(expression: string): string {
  const fields = writtenFields(expression);
  const at = fields.length - 3;
  const days = (fields[at] ?? "").split(",").filter((item) => !/^(?:29|30|31)(?:-|$)/.test(item));
  const rewritten = fields.with(at, [...days, "L"].join(","));
  return `\`${rewritten.join(" ")}\` is due on the last day of each month, whichever that is`;
}
