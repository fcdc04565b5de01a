import type { Change } from "../plan/change.ts";
import type { TimesDiff } from "../plan/times-diff.ts";
import type { PlannedSchedule } from "../plan/schedule.ts";
import type { Paint } from "./paint.ts";
import { detail } from "./plan-fields.ts";
import { printable } from "./printable.ts";
import { zonedTimes } from "./schedule-times.ts";
import { timesText } from "./times-text.ts";

interface LineOptions {
  color: Paint;
  /** Columns of the terminal. */
  width: number;
}

/** The arrow stands in the margin, so that both sides begin in one column. */
const ARROW = "→ ";

/** When the job is due in words and next, until now and from now on, and what that changes. */
export function dueLines(change: Change, options: LineOptions): string[] {
  const { times } = change;
  if (times === null) return plannedLines(change, options);
  return [...sideLines(change, times, options), detail("times", timesText(times, options.color))];
}

function plannedLines(change: Change, options: LineOptions): string[] {
  const { after, schedule } = change;
  if (after === null || schedule === null) return [];
  return [
    detail("due", printable(`${schedule.words}${zoneNote(change, "after", schedule)}`)),
    ...nextLines("next", schedule, options),
  ];
}

function sideLines(change: Change, times: TimesDiff, options: LineOptions): string[] {
  const { before, after } = times;
  const was =
    before === null ? "" : printable(`${before.words}${zoneNote(change, "before", before)}`);
  const is = after === null ? "" : printable(`${after.words}${zoneNote(change, "after", after)}`);
  if (before === null) {
    return after === null ? [] : [detail("due", is), ...nextLines("next", after, options)];
  }
  if (after === null) return [detail("was due", was), ...nextLines("no longer", before, options)];
  const due = was === is ? [detail("due", is)] : dueChange(times, { was, is }, options);
  if (before.next.join(" ") === after.next.join(" ")) {
    return [...due, ...nextLines("next", after, options)];
  }
  return [...due, ...nextLines("next", before, options), ...pointed(nextLines("", after, options))];
}

function dueChange(
  { before, after }: TimesDiff,
  { was, is }: { was: string; is: string },
  { width }: LineOptions,
): string[] {
  const sameZone = before?.timezone === after?.timezone;
  const words = sameZone ? printable(before?.words ?? "") : was;
  const oneLine = detail("due", `${words} → ${is}`);
  return oneLine.length <= width ? [oneLine] : [detail("due", was), ...pointed([detail("", is)])];
}

/** The zone of a cron text, and whether it is the author's own. */
function zoneNote(change: Change, side: "before" | "after", { timezone }: PlannedSchedule): string {
  if (change[side]?.schedule?.type !== "cron") return "";
  const isDefault = side === "after" && change.defaulted.includes("timezone");
  return ` (${timezone}${isDefault ? ", default" : ""})`;
}

function nextLines(
  label: string,
  { next, timezone }: PlannedSchedule,
  { width }: LineOptions,
): string[] {
  if (next.length === 0) return [];
  const { joined, each } = zonedTimes(next, timezone);
  const oneLine = detail(label, joined);
  if (oneLine.length <= width) return [oneLine];
  return each.map((time, index) => detail(index === 0 ? label : "", time));
}

/** The first of the lines, with the arrow before its text. */
function pointed([first, ...rest]: string[]): string[] {
  if (first === undefined) return [];
  const text = first.trimStart();
  const margin = first.length - text.length - ARROW.length;
  return [`${" ".repeat(margin)}${ARROW}${text}`, ...rest];
}
