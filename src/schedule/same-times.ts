import type { ZonedCron } from "./cron.ts";
import type { CronField } from "./fields.ts";
import { FIELD_RULES, isProblem, lastOf, readValue, valuesBetween } from "./fields.ts";
import type { CronPattern } from "./syntax.ts";
import { parseCron } from "./syntax.ts";
import { clockChangeRule } from "./zone-times.ts";
import { isTimezone } from "./zones.ts";

/**
 * Whether two cron schedules are proved to be due at the same instants for ever. False is no proof
 * of the contrary: the schedules must then be walked.
 */
export function sameTimes(one: ZonedCron, other: ZonedCron): boolean {
  if (!isTimezone(one.timezone) || !sameZone(one.timezone, other.timezone)) return false;
  const form = normalForm(one);
  return form !== null && form === normalForm(other);
}

/** One zone has several names; what two zones have in common today, a law may end tomorrow. */
function sameZone(one: string, other: string): boolean {
  if (one === other) return true;
  if (!isTimezone(other)) return false;
  const epoch = Temporal.Instant.fromEpochMilliseconds(0);
  return epoch.toZonedDateTimeISO(one).equals(epoch.toZonedDateTimeISO(other));
}

/** A text that two expressions share only if they select the same times in the zone. */
function normalForm({ expression, timezone, dst }: ZonedCron): string | null {
  const pattern = parseCron(expression);
  if (isProblem(pattern)) return null;
  const { second, minute, hour, month, fixed } = pattern;
  // Around a transition of the zone schedules of two rules part ways: UTC has none.
  const { gap, fold } = clockChangeRule(fixed, dst);
  const rule = sameZone(timezone, "UTC") ? "" : `${gap} ${fold}`;
  const sets = [second, minute, hour, month].map(({ values }) => values.join());
  return [...sets, dayForm(pattern), rule].join(" ");
}

/**
 * The days on which the expression is due. A field without restriction says nothing; of two that
 * restrict, either suffices, unless a `+` asks for both.
 */
function dayForm(pattern: CronPattern): string {
  const { dayOfMonth, dayOfWeek, eitherDay } = pattern;
  const [, , , monthText = "", , weekdayText = ""] = pattern.text.toUpperCase().split(" ");
  const monthDays = selectsAll(dayOfMonth, 3) ? null : monthDayForm(dayOfMonth, monthText);
  const weekdays = selectsAll(dayOfWeek, 5) ? null : weekdayForm(dayOfWeek, weekdayText);
  if (eitherDay && (monthDays === null || weekdays === null)) return "every-day";
  const parts = [monthDays, weekdays].filter((part) => part !== null);
  return parts.length === 0 ? "every-day" : parts.join(eitherDay ? "|" : "&");
}

function selectsAll({ values }: CronField, position: 3 | 5): boolean {
  const rule = FIELD_RULES[position];
  if (rule === undefined) return false;
  const selected = new Set(values);
  return valuesBetween(rule.min, lastOf(rule), 1).every((value) => selected.has(value));
}

/** `L`, `LW` and `15W` select by rules of their own, and stand beside the plain days. */
function monthDayForm({ values }: CronField, text: string): string {
  const special = text
    .split(",")
    .filter((item) => /[LW]/.test(item))
    .map((item) => item.replace(/^0+/, ""));
  return `day:${values.join()}:${[...new Set(special)].sort().join(",")}`;
}

/** `FRI#L`, `5#L` and `5L` are one; a weekday that is selected as a whole needs no `#2` of it. */
function weekdayForm({ values }: CronField, text: string): string {
  const special = new Set<string>();
  for (const item of text.replace(/^\+/, "").split(",")) {
    const match = /^([^#]+?)(?:#([1-5L])|L)$/.exec(item);
    if (match === null) continue;
    const weekday = weekdayValue(match[1] ?? "");
    if (!values.includes(weekday)) special.add(`${weekday}#${match[2] ?? "L"}`);
  }
  return `weekday:${values.join()}:${[...special].sort().join(",")}`;
}

function weekdayValue(text: string): number {
  const rule = FIELD_RULES[5];
  const value = rule === undefined ? null : readValue(text, rule);
  return typeof value === "number" ? value % 7 : Number.NaN;
}
