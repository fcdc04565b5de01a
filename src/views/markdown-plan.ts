import type { JobSpec } from "../model/job.ts";
import type { Change } from "../plan/change.ts";
import type { Plan } from "../plan/plan.ts";
import type { SecurityReview } from "../plan/security.ts";
import { describeSchedule } from "../schedule/words.ts";
import {
  clipped,
  codeCell,
  codeSpan,
  fenced,
  fitting,
  folded,
  markdownTable,
  plainCell,
} from "./markdown-text.ts";
import { planBlocks, weightiestFirst } from "./plan.ts";
import { securityGroups } from "./plan-security.ts";
import { zonedTime } from "./schedule-times.ts";
import { timesText } from "./times-text.ts";

const LONGEST_PHRASE = 300;
const PHRASES_SHOWN = 12;

/** What changes in what jobs may do, as an alert that nobody overlooks; empty for nothing. */
export function securityAlert(review: SecurityReview, budget: number): string {
  const groups = securityGroups(review);
  if (groups.length === 0) return "";
  const lines = groups.flatMap(({ symbol, title, rows }, index) => [
    ...(index === 0 ? [] : [""]),
    `**${symbol === "!" ? "⚠ " : ""}${title}**`,
    ...rows.map(({ name, phrases }) => `- ${codeSpan(name)}: ${phrasesText(phrases)}`),
  ]);
  const more = (left: number): string => `- … and ${left} more lines`;
  const shown = fitting(lines, { budget, more });
  return [`> [!${alertOf(review)}]`, ...shown.map((line) => `> ${line}`.trimEnd())].join("\n");
}

/** The schedules that change: in words before and after, the next time, and what moves. */
export function changedSchedules(plan: Plan, budget: number): string {
  const changes = weightiestFirst(plan.changes).filter(touchesClock);
  const rows = changes.map((change) => [
    codeSpan(change.name),
    change.action,
    whenText(change),
    nextText(change),
    change.times === null ? "" : plainCell(timesText(change.times, plain)),
  ]);
  const lines = markdownTable(["Job", "Change", "When", "Next", "Effect"], rows);
  const more = (left: number): string => `\n… and ${left} more`;
  return fitting(lines, { budget, more }).join("\n");
}

/** The whole plan as a person sees it, folded, in the colours of a diff; cut where it is too long. */
export function planDetails(plan: Plan, room: number): string {
  const { security, changes, rest } = planBlocks(plan, { color: plain });
  const more = (left: number): string => `… and ${left} more lines`;
  const head = fitting(toDiff(security), { budget: room / 4, more });
  const tail = rest.filter((lines) => lines.length > 0).flatMap((lines) => ["", ...toDiff(lines)]);
  const end = fitting(tail, { budget: room / 4, more });
  let left = room - FRAME_LENGTH - sizeOf(head) - sizeOf(end);
  const body: string[] = [];
  for (const [index, block] of changes.entries()) {
    const lines = toDiff(block);
    left -= sizeOf(lines) + 1;
    if (left < 0) {
      body.push("", ` … and ${changes.length - index} more changes`);
      break;
    }
    body.push("", ...lines);
  }
  const lines = [...head, ...body, ...end];
  return folded("The whole plan", fenced(lines[0] === "" ? lines.slice(1) : lines, "diff"));
}

const LONGEST_LINE = 1_000;
/** What stands around the lines: the fold, a line that counts, and a fence longer than any in it. */
const FRAME_LENGTH: number = 2 * LONGEST_LINE + 300;

function alertOf({
  elsewhere,
  redirected,
  widened,
  granted,
  recoded,
}: SecurityReview): "CAUTION" | "WARNING" | "NOTE" {
  if (elsewhere.length + redirected.length + widened.length > 0) return "CAUTION";
  const powerful = granted.length > 0 || recoded.some(({ may }) => may.length > 0);
  return powerful ? "WARNING" : "NOTE";
}

function phrasesText(phrases: readonly string[]): string {
  const shown = phrases.slice(0, PHRASES_SHOWN).map((phrase) => codeSpan(phrase, LONGEST_PHRASE));
  const left = phrases.length - PHRASES_SHOWN;
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join(", ");
}

function touchesClock({ action, before, after, fields, times }: Change): boolean {
  if (times !== null) return true;
  if (before === null || after === null) return (before ?? after)?.schedule !== null;
  return action !== "update" || fields.some(({ path }) => path.startsWith("schedule"));
}

function whenText(change: Change): string {
  const { action, before, after } = change;
  const was = wordsOf(before);
  const is = wordsOf(after);
  if (action === "create" || action === "delete" || was === is) return before === null ? is : was;
  return `${was} → ${is}`;
}

/** With the zone of a cron text: the same words in another zone are other times. */
function wordsOf(spec: JobSpec | null): string {
  if (spec === null || spec.schedule === null) return "by hand only";
  const { schedule } = spec;
  const zone = schedule.type === "cron" ? ` ${codeCell(schedule.timezone)}` : "";
  const rests = spec.enabled ? "" : ", disabled";
  return `${plainCell(describeSchedule(schedule))}${zone}${rests}`;
}

function nextText({ schedule }: Change): string {
  const [next] = schedule?.next ?? [];
  return schedule === null || next === undefined ? "" : zonedTime(next, schedule.timezone);
}

/** A diff is coloured by the first character of its lines; a changed job is shown like a warning. */
function toDiff(lines: readonly string[]): string[] {
  return lines.map((line) => {
    const shown = clipped(line, LONGEST_LINE);
    const [, indent = "", sign] = /^( *)([-+!~])(?= )/.exec(shown) ?? [];
    if (sign === undefined) return ` ${shown}`;
    if (sign === "~") return `!${shown}`;
    return `${sign}${indent} ${shown.slice(indent.length + 1)}`;
  });
}

function plain(_style: string, text: string): string {
  return text;
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}
