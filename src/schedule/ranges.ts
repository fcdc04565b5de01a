import type { CronField, CronProblem, FieldRule } from "./fields.ts";
import { lastOf, readValue, refuse, textOf, valuesBetween } from "./fields.ts";

/** `5`, `1-5`, `1-5/2` and `*` with a step. */
export function readRange(item: string, rule: FieldRule, field: CronField): CronProblem | null {
  const [range = "", stepText, ...more] = item.split("/");
  if (more.length > 0) return refuse(`\`${item}\` has more than one \`/\``, null);
  const step = stepText === undefined ? 1 : readStep(stepText, rule);
  if (typeof step !== "number") return step;
  if (range === "*") {
    field.values.push(...valuesBetween(rule.min, lastOf(rule), step));
    return null;
  }
  const [fromText = "", toText, ...ends] = range.split("-");
  if (ends.length > 0) return refuse(`\`${item}\` has more than one \`-\``, null);
  const from = readValue(fromText, rule);
  if (typeof from !== "number") return from;
  if (toText === undefined) {
    if (stepText !== undefined) {
      return refuse(
        `\`${item}\`: a step needs a range or \`*\` before it`,
        `write \`${firstOf(from, fromText, rule)}-${textOf(lastOf(rule), fromText, rule)}/${stepText}\``,
      );
    }
    field.values.push(from);
    return null;
  }
  const to = readRangeEnd(toText, rule);
  if (typeof to !== "number") return to;
  if (from > to) return refuseWrapAround(item, rule, { from, to, step, fromText, toText });
  field.values.push(...valuesBetween(from, to, step));
  return null;
}

/** A range cannot begin with 7, the second name of Sunday. */
function firstOf(value: number, text: string, rule: FieldRule): string {
  return value > lastOf(rule) ? textOf(rule.min, text, rule) : text;
}

function readStep(text: string, rule: FieldRule): number | CronProblem {
  const size = lastOf(rule) - rule.min + 1;
  const step = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (step >= 1 && step <= size) return step;
  const every = step > size && rule.unit !== null;
  return refuse(
    `\`/${text}\` is not a step of the ${rule.name} field, which takes 1 to ${size}`,
    every ? `write \`schedule: {every: ${step}${rule.unit}}\`` : null,
  );
}

/** `SUN` at the end of a range is the Sunday after its first day. */
function readRangeEnd(text: string, rule: FieldRule): number | CronProblem {
  return rule.name === "day-of-week" && text === "SUN" ? 7 : readValue(text, rule);
}

interface WrapAround {
  from: number;
  to: number;
  step: number;
  fromText: string;
  toText: string;
}

function refuseWrapAround(item: string, rule: FieldRule, range: WrapAround): CronProblem {
  const { from, to, step, fromText, toText } = range;
  const last = lastOf(rule);
  if (from > last) {
    const steps = step > 1 ? `/${step}` : "";
    return refuse(
      `\`${item}\` goes backwards`,
      `write \`${firstOf(from, fromText, rule)}-${toText}${steps}\``,
    );
  }
  if (step > 1) {
    const size = last - rule.min + 1;
    const values = valuesBetween(from, to + size, step).map((value) =>
      textOf(value > last ? value - size : value, fromText, rule),
    );
    return refuse(`\`${item}\` goes backwards`, `write \`${values.join(",")}\``);
  }
  const head = from === last ? fromText : `${fromText}-${textOf(last, fromText, rule)}`;
  const tail = to === rule.min ? toText : `${textOf(rule.min, toText, rule)}-${toText}`;
  return refuse(`\`${item}\` goes backwards`, `write \`${head},${tail}\``);
}
