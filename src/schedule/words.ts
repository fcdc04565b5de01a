import cronstrue from "cronstrue";
import type { JobSchedule } from "../model/job.ts";
import { isProblem } from "./fields.ts";
import { parseCron, splitCron } from "./syntax.ts";

/**
 * A schedule in words for people: "Daily at 2:00", "Every 5 minutes", "By hand only". The zone is
 * not part of it. An expression that cannot be described is returned as it is.
 */
export function describeSchedule(schedule: JobSchedule | null): string {
  if (schedule === null) return "By hand only";
  switch (schedule.type) {
    case "cron":
      return describeCron(schedule.expression);
    case "interval":
      return describeInterval(schedule.everyMs);
    case "once":
      return `Once at ${instantText(schedule.executeAt)}`;
  }
}

function describeCron(expression: string): string {
  const fields = splitCron(expression);
  if (!Array.isArray(fields)) return expression;
  return seedWords(fields.join(" ")) ?? longWords(expression, fields);
}

/** The phrases of the seeds' `schedule_human`, with the minutes of a time in two digits. */
function seedWords(text: string): string | null {
  if (text === "* * * * * *") return "Every second";
  if (text === "0 0 * * * *") return "Every hour";
  const minutes = /^0 \*\/(\d+) \* \* \* \*$/.exec(text);
  if (minutes !== null) return stepWords(Number(minutes[1]), "minute");
  const hours = /^0 0 \*\/(\d+) \* \* \*$/.exec(text);
  if (hours !== null) return stepWords(Number(hours[1]), "hour");
  const daily = /^0 (\d+) (\d+) \* \* \*$/.exec(text);
  if (daily === null) return null;
  return `Daily at ${Number(daily[2])}:${String(Number(daily[1])).padStart(2, "0")}`;
}

/** Steps begin anew with each hour or day: only some of them are as far apart there as elsewhere. */
function stepWords(step: number, unit: "minute" | "hour"): string | null {
  const size = unit === "minute" ? 60 : 24;
  if (step > 0 && size % step === 0) return everyCount(step, unit);
  if (step === 0 || step >= size) return null;
  const starts = Array.from({ length: Math.ceil(size / step) }, (_, index) => index * step);
  if (unit === "hour") return `Daily at ${listed(starts.map((hour) => `${hour}:00`))}`;
  return `At minutes ${listed(starts.map(String))} of every hour`;
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function everyCount(count: number, unit: string): string {
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
}

function longWords(expression: string, fields: string[]): string {
  const pattern = parseCron(expression);
  if (isProblem(pattern)) return expression;
  // Cronstrue knows the last Friday as `5L` only.
  const texts = pattern.text.replaceAll(/#L/gi, "L").split(" ");
  try {
    const bothGiven = !pattern.dayOfMonth.any && !pattern.dayOfWeek.any;
    return bothGiven ? dayChoiceWords(texts, pattern.bothDays) : cronWords(plainDays(texts));
  } catch {
    return fields.length > 0 ? expression : "";
  }
}

/**
 * Cronstrue joins both day fields by "and", where cron means "or"; so the parts are described one
 * by one, each against midnight, and joined here.
 */
function dayChoiceWords(texts: string[], bothDays: boolean): string {
  const [second, minute, hour, dayOfMonth, month, dayOfWeek] = plainDays(texts);
  const time = cronWords([second, minute, hour, "*", "*", "*"]);
  const day = afterMidnight(["0", "0", "0", dayOfMonth, "*", "*"]);
  const weekday = afterMidnight(["0", "0", "0", "*", "*", dayOfWeek]);
  const months = month === "*" ? "" : `, ${afterMidnight(["0", "0", "0", "*", month, "*"])}`;
  return `${time}, ${day} ${bothDays ? "AND" : "OR"} ${weekday}${months}`;
}

/** The fields without the `+`, which cronstrue does not know. */
function plainDays(texts: string[]): string[] {
  return texts.map((text) => text.replace(/^\+/, ""));
}

function afterMidnight(texts: (string | undefined)[]): string {
  return cronWords(texts)
    .replace(/^At 00:00, /, "")
    .replace(/^only on /, "on ");
}

function cronWords(texts: (string | undefined)[]): string {
  return cronstrue.toString(texts.join(" "), {
    use24HourTimeFormat: true,
    throwExceptionOnParseError: true,
  });
}

function describeInterval(everyMs: number): string {
  const units = [
    ["day", 86_400_000],
    ["hour", 3_600_000],
    ["minute", 60_000],
    ["second", 1_000],
    ["millisecond", 1],
  ] as const;
  const parts: string[] = [];
  let restMs = everyMs;
  for (const [unit, sizeMs] of units) {
    const count = Math.floor(restMs / sizeMs);
    restMs -= count * sizeMs;
    if (count === 0) continue;
    if (count * sizeMs === everyMs) return everyCount(count, unit);
    parts.push(`${count} ${unit}${count === 1 ? "" : "s"}`);
  }
  return `Every ${parts.join(" ")}`;
}

/** `2026-12-25T09:00:00.000Z` as `2026-12-25 09:00 UTC`, to the precision that it has. */
function instantText(iso: string): string {
  const text = iso
    .replace("T", " ")
    .replace(/Z$/, "")
    .replace(/\.000$/, "");
  return `${text.replace(/:00$/, "")} UTC`;
}
