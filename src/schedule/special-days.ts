import type { CronField, CronProblem, FieldRule } from "./fields.ts";
import { lastOf, readValue, refuse, valuesBetween } from "./fields.ts";

/** The field that an item adds to, and whether the item is all there is of it. */
export interface FieldPart {
  field: CronField;
  alone: boolean;
}

/** `?`: no restriction, in the day fields. */
export function readQuestionMark(
  item: string,
  rule: FieldRule,
  part: FieldPart,
): CronProblem | null {
  const isDayField = rule.name === "day-of-month" || rule.name === "day-of-week";
  if (!isDayField) {
    return refuse(
      `\`?\` is for the day fields and means nothing in the ${rule.name} field`,
      `write \`${item.replaceAll("?", "*")}\``,
    );
  }
  if (item !== "?" || !part.alone) {
    return refuse(`\`?\` must stand alone in the ${rule.name} field`, "write `*`, or the days");
  }
  part.field.values = valuesBetween(rule.min, lastOf(rule), 1);
  return null;
}

/** `L`, `LW` and `15W`. */
export function readSpecialDay(
  item: string,
  rule: FieldRule,
  part: FieldPart,
): CronProblem | null | "plain" {
  const { field, alone } = part;
  if (item === "L") {
    field.last = true;
    return null;
  }
  if (item === "LW") {
    if (!alone) return refuse("`LW` cannot be in a list", "give `LW` a job of its own");
    field.last = true;
    return null;
  }
  if (/^L-\d+W?$/.test(item)) {
    return refuse(
      `\`${item}\` (days before the end of the month) is not supported`,
      "write `L` for the last day of the month, or a day that every month has, such as `28`",
    );
  }
  const nearest = /^(\d+)W$/.exec(item);
  if (nearest !== null) {
    const day = readValue(nearest[1] ?? "", rule);
    if (typeof day !== "number") return day;
    field.nearest.push(day);
    return null;
  }
  if (item.includes("L") || item.includes("W")) {
    return refuse(
      `\`${item}\` is not a day of the month`,
      "the forms with letters are `L` (last day), `LW` (last Monday to Friday) and `15W` (Monday to Friday nearest the 15th)",
    );
  }
  return "plain";
}

/** `5L`, `FRI#L` and `MON#2`. */
export function readSpecialWeekday(
  item: string,
  rule: FieldRule,
  field: CronField,
): CronProblem | null | "plain" {
  const match = /^(.*?)(?:#(.*)|L)$/.exec(item);
  if (match === null) return "plain";
  const [, weekday = "", nth] = match;
  if (weekday === "") {
    return refuse(
      `\`${item}\` is not a day of the week`,
      "write `5L` or `FRIL` for the last Friday of the month, `SAT` for each Saturday",
    );
  }
  const value = readValue(weekday, rule);
  if (typeof value !== "number") return value;
  if (nth !== undefined && !/^(?:[1-5]|L)$/.test(nth)) {
    return refuse(
      `\`${item}\`: after \`#\` comes 1 to 5, or L for the last`,
      `for example \`${weekday}#2\``,
    );
  }
  field.nth = true;
  return null;
}
