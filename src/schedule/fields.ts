/** Why a cron expression is refused, and the rewrite that is accepted, where there is one. */
export interface CronProblem {
  message: string;
  help: string | null;
}

/** The grammar of one of the six fields. */
export interface FieldRule {
  name: "second" | "minute" | "hour" | "day-of-month" | "month" | "day-of-week";
  min: number;
  max: number;
  /** The names of the values from `min` on, in capitals. */
  names: readonly string[];
  /** The unit of `every:` that a step in this field counts, for hints. */
  unit: "s" | "m" | "h" | "d" | null;
}

/** What one field selects. */
export interface CronField {
  /** `*` or `?`: no restriction. */
  any: boolean;
  /** Neither `*`, `?` nor `/` occurs: see the fixed schedules of `nextCron`. */
  fixed: boolean;
  /** The plain values; once the field is read, in ascending order and each once. Sunday is 0. */
  values: number[];
  /** `L` or `LW` of the day of the month: each month has such a day. */
  last: boolean;
  /** The days n of `nW`. */
  nearest: number[];
  /** A weekday has `#n`, `#L` or `L`. */
  nth: boolean;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** In the order of a six-field expression. */
export const FIELD_RULES: readonly FieldRule[] = [
  { name: "second", min: 0, max: 59, names: [], unit: "s" },
  { name: "minute", min: 0, max: 59, names: [], unit: "m" },
  { name: "hour", min: 0, max: 23, names: [], unit: "h" },
  { name: "day-of-month", min: 1, max: 31, names: [], unit: "d" },
  { name: "month", min: 1, max: 12, names: MONTHS, unit: null },
  { name: "day-of-week", min: 0, max: 7, names: WEEKDAYS, unit: null },
];

export function isProblem(value: object): value is CronProblem {
  return "message" in value;
}

export function refuse(message: string, help: string | null): CronProblem {
  return { message, help };
}

/** The number that `text` names in the field, in capitals or digits. */
export function readValue(text: string, rule: FieldRule): number | CronProblem {
  const named = rule.names.indexOf(text);
  if (named >= 0) return named + rule.min;
  if (/^\d+$/.test(text)) {
    const value = Number(text);
    if (value >= rule.min && value <= rule.max) return value;
    return refuse(
      `\`${text}\` is out of range in the ${rule.name} field`,
      `it takes ${rule.min} to ${rule.max}`,
    );
  }
  return refuseWord(text, rule);
}

function refuseWord(text: string, rule: FieldRule): CronProblem {
  const message = `\`${text}\` is not a ${rule.name}`;
  const meant = nearestName(text, rule.names);
  if (meant !== null) return refuse(message, `did you mean \`${meant}\`?`);
  if (text === "H" || text.includes("~") || text.startsWith("H(")) {
    return refuse(`${message}: times chosen at random are not supported`, "write a fixed value");
  }
  const names = rule.names.length > 0 ? `, or ${rule.names.join(", ")}` : "";
  return refuse(message, `it takes ${rule.min} to ${rule.max}${names}`);
}

/** `JANUARY` is JAN, `TUES` is TUE, and `WEN` can only be WED. */
function nearestName(text: string, names: readonly string[]): string | null {
  const whole = names.find((name) => text.startsWith(name));
  if (whole !== undefined) return whole;
  const begins = names.filter((name) => text.length > 1 && name.startsWith(text.slice(0, 2)));
  return begins.length === 1 ? (begins[0] ?? null) : null;
}

/** The value as its neighbour is written: by name or as a number. */
export function textOf(value: number, like: string, rule: FieldRule): string {
  return /^\d/.test(like) ? String(value) : (rule.names[value - rule.min] ?? String(value));
}

/** 7 is another name of Sunday and not a day of its own. */
export function lastOf(rule: FieldRule): number {
  return rule.name === "day-of-week" ? 6 : rule.max;
}

export function valuesBetween(from: number, to: number, step: number): number[] {
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}
