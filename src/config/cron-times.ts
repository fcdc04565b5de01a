import { isProblem } from "../schedule/fields.ts";
import { parseCron, splitCron, type CronPattern } from "../schedule/syntax.ts";
import { remembering } from "./remembering.ts";

/** What the lints look at of a cron expression. Values are in ascending order, each once. */
export interface CronTimes {
  seconds: readonly number[];
  minutes: readonly number[];
  hours: readonly number[];
  /** No `*`, `?` or `/` in seconds, minutes and hours: it keeps to the wall clock. */
  fixed: boolean;
  /** The hours are all of them, or taken from all of them by a step: no hour is meant by itself. */
  wholeDay: boolean;
  /** The fields of day of the month, month and day of the week. */
  days: string;
  /** Neither days nor months are restricted. */
  everyDay: boolean;
  /** Both day fields restrict the days, and one that matches suffices. */
  eitherDay: boolean;
  /** Days of the month that are named, where nothing else restricts the days; else empty. */
  monthDays: readonly number[];
  months: readonly number[];
}

/** Null for an expression that is refused. */
export function cronTimes(expression: string): CronTimes | null {
  return known(expression).times;
}

/** The fields from the minute on, and the second before them where the author wrote one. */
export function writtenFields(expression: string): string[] {
  const fields = splitCron(expression);
  if (!Array.isArray(fields)) return [];
  return expression.trim().split(/\s+/).length === 6 ? fields : fields.slice(1);
}

const known = remembering((expression) => {
  const pattern = parseCron(expression);
  return { times: isProblem(pattern) ? null : timesOf(pattern) };
});

function timesOf(pattern: CronPattern): CronTimes {
  const { text, second, minute, hour, dayOfMonth, month, dayOfWeek } = pattern;
  const hours = hour.values;
  const months = month.values;
  const plainDays = !dayOfMonth.any && dayOfMonth.fixed && dayOfWeek.any;
  const fields = text.split(" ");
  return {
    seconds: second.values,
    minutes: minute.values,
    hours,
    fixed: pattern.fixed,
    wholeDay: hours.length === 24 || (fields[2] ?? "").includes("*"),
    days: fields.slice(3).join(" "),
    everyDay: dayOfMonth.any && dayOfWeek.any && months.length === 12,
    eitherDay: pattern.eitherDay,
    monthDays: plainDays ? dayOfMonth.values : [],
    months,
  };
}
