import { parseDuration } from "./duration.ts";
import type { CronField, CronProblem, FieldRule } from "./fields.ts";
import { FIELD_RULES, isProblem, lastOf, refuse, valuesBetween } from "./fields.ts";
import { readRange } from "./ranges.ts";
import type { FieldPart } from "./special-days.ts";
import { readQuestionMark, readSpecialDay, readSpecialWeekday } from "./special-days.ts";

/** A cron expression that was understood. */
export interface CronPattern {
  /** Six fields without nicknames and `?`: what the calculator is given. */
  text: string;
  second: CronField;
  minute: CronField;
  hour: CronField;
  dayOfMonth: CronField;
  month: CronField;
  dayOfWeek: CronField;
  /** No `*`, `?` or `/` in seconds, minutes and hours. */
  fixed: boolean;
  /** `+` before the day of the week: both day fields must match, where otherwise one suffices. */
  bothDays: boolean;
  /** Both day fields restrict the days, and one that matches suffices. */
  eitherDay: boolean;
  /** `L`, `W` or `#` is in the day fields: the dates must be searched for. */
  specialDays: boolean;
}

const NICKNAMES = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

/** `@daily` and its kin. */
export const CRON_NICKNAMES: readonly string[] = [...NICKNAMES.keys()];

/** The six fields of an expression as texts, nicknames written out; or what is wrong with it. */
export function splitCron(expression: string): string[] | CronProblem {
  const text = expression.trim();
  const zoned = /^(?:CRON_)?TZ=(\S*)\s*(.*)$/i.exec(text);
  if (zoned !== null) return refuseZonePrefix(zoned[1] ?? "", zoned[2] ?? "");
  const known = NICKNAMES.get(text.toLowerCase());
  if (known === undefined && text.startsWith("@")) return refuseNickname(text);
  const fields = (known ?? text).split(/\s+/);
  if (text === "" || fields.length < 5 || fields.length > 6) return refuseCount(text, fields);
  return fields.length === 5 ? ["0", ...fields] : fields;
}

/** Understands `expression`, or says what is wrong with it and how to write it. */
export function parseCron(expression: string): CronPattern | CronProblem {
  const texts = splitCron(expression);
  if (!Array.isArray(texts)) return texts;
  const weekday = texts[5] ?? "";
  const bothDays = weekday.startsWith("+");
  const plain = bothDays ? texts.with(5, weekday.slice(1)) : texts;
  const fields: CronField[] = [];
  for (const [position, rule] of FIELD_RULES.entries()) {
    const field = readField(plain[position] ?? "", rule);
    if (isProblem(field)) return field;
    fields.push(field);
  }
  const [second, minute, hour, dayOfMonth, month, dayOfWeek] = fields;
  if (!second || !minute || !hour || !dayOfMonth || !month || !dayOfWeek) {
    return refuse("A cron expression has 5 or 6 fields", null);
  }
  if (bothDays && dayOfWeek.any) {
    return refuse("`+` needs a day of the week after it", "write `*`, or for example `+MON`");
  }
  return {
    text: texts.map((text) => text.replaceAll("?", "*")).join(" "),
    second,
    minute,
    hour,
    dayOfMonth,
    month,
    dayOfWeek,
    fixed: second.fixed && minute.fixed && hour.fixed,
    bothDays,
    eitherDay: !bothDays && !dayOfMonth.any && !dayOfWeek.any,
    specialDays: dayOfMonth.last || dayOfMonth.nearest.length > 0 || dayOfWeek.nth,
  };
}

function refuseZonePrefix(zone: string, rest: string): CronProblem {
  return refuse(
    "A time zone cannot stand in the cron expression",
    `write \`schedule: {cron: "${rest || "0 2 * * *"}", timezone: ${zone || "UTC"}}\``,
  );
}

function refuseNickname(text: string): CronProblem {
  const every = /^@every\b\s*(.*)$/i.exec(text);
  if (every !== null) {
    const length = parseDuration(every[1] ?? "") === null ? "1h30m" : every[1];
    return refuse("`@every` is not a cron expression", `write \`schedule: {every: ${length}}\``);
  }
  if (text.toLowerCase() === "@reboot") {
    return refuse(
      "`@reboot` is not supported: a schedule names times, and a start is not one",
      "give it a time such as `@hourly`, or leave out `schedule:` and run the job by hand",
    );
  }
  return refuse(`\`${text}\` is not known`, `the names are ${CRON_NICKNAMES.join(", ")}`);
}

function refuseCount(text: string, fields: string[]): CronProblem {
  if (text === "") return refuse("The cron expression is empty", 'for example `"0 2 * * *"`');
  if (fields.length === 7) {
    return refuse(
      "The expression has 7 fields; years are not supported",
      `write \`"${fields.slice(0, 6).join(" ")}"\` (the first field is seconds)`,
    );
  }
  const count = fields.length === 1 ? "1 field" : `${fields.length} fields`;
  return refuse(
    `The expression has ${count}, where cron has 5 or 6`,
    "the fields are minute, hour, day of the month, month, day of the week; with 6, seconds come first",
  );
}

/** Reads one field, without the `+` of the day of the week. */
function readField(text: string, rule: FieldRule): CronField | CronProblem {
  const field: CronField = {
    any: text === "*" || text === "?",
    fixed: !/[*?/]/.test(text),
    values: [],
    last: false,
    nearest: [],
    nth: false,
  };
  const items = text.toUpperCase().split(",");
  for (const item of items) {
    const problem = readItem(item, rule, { field, alone: items.length === 1 });
    if (problem !== null) return problem;
  }
  const values = rule.name === "day-of-week" ? field.values.map(sundayAsZero) : field.values;
  return { ...field, values: [...new Set(values)].sort((a, b) => a - b) };
}

function sundayAsZero(weekday: number): number {
  return weekday % 7;
}

function readItem(item: string, rule: FieldRule, part: FieldPart): CronProblem | null {
  const { field, alone } = part;
  if (item === "") {
    return refuse(`The ${rule.name} field has an empty entry`, "remove the comma too many");
  }
  if (item.includes("?")) return readQuestionMark(item, rule, part);
  if (rule.name === "day-of-month") {
    const special = readSpecialDay(item, rule, part);
    if (special !== "plain") return special;
  }
  if (rule.name === "day-of-week") {
    const special = readSpecialWeekday(item, rule, field);
    if (special !== "plain") return special;
  }
  if (item === "*" && alone) {
    field.values = valuesBetween(rule.min, lastOf(rule), 1);
    return null;
  }
  return readRange(item, rule, field);
}
