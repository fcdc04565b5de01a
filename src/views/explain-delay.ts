import { elapsedText } from "./elapsed.ts";
import type { DelayItem, ExplainData, ExplainedExecution } from "./explain-data.ts";
import { unattendedLines } from "./explain-unrecorded.ts";
import { zonedTime } from "./schedule-times.ts";
import { otherText } from "./waiting-text.ts";

/** What needs no reason. */
export const SHORT_DELAY_MS = 1_000;

/** What lay between the due time and the start, as far as the records tell. */
export function delayLines(data: ExplainData, execution: ExplainedExecution): string[] {
  const { delay } = data;
  if (delay === null) return [];
  return [
    ...(delay.recorded_after_ms < SHORT_DELAY_MS ? [] : recordedLines(data, execution)),
    ...(delay.waited_ms < SHORT_DELAY_MS ? [] : [waitLine(delay, data)]),
  ];
}

/** What is caught up has the reason in the lines about the time without a scheduler. */
function recordedLines(data: ExplainData, execution: ExplainedExecution): string[] {
  const { delay, timezone } = data;
  const at = zonedTime(execution.created_at, timezone);
  const after = elapsedText(delay?.recorded_after_ms ?? 0);
  const line = `It was recorded at ${at}, ${after} after it was due.`;
  return [line, ...(execution.trigger === "catchup" ? [] : unattendedLines(data))];
}

function waitLine(delay: DelayItem, data: ExplainData): string {
  const waited = `${delay.recorded_after_ms < SHORT_DELAY_MS ? "It" : "Then it"} waited ${elapsedText(delay.waited_ms)}`;
  if (delay.holders.length > 0) return `${waited} ${keyText(delay, data)}.`;
  if (delay.node_slots !== null)
    return `${waited} for a slot: ${slotsText(delay.node_slots)} in use.`;
  if (delay.unattended !== null) {
    return [`${waited}.`, ...unattendedLines({ ...data, unattended: delay.unattended })].join(" ");
  }
  return `${waited}. The records do not say what for: no run ended meanwhile that had its key, and its scheduler is not known to have been full.`;
}

function slotsText(slots: number): string {
  return slots === 1 ? "the only one of its scheduler was" : `all ${slots} of its scheduler were`;
}

function keyText({ holders, mutex }: DelayItem, data: ExplainData): string {
  const [last] = holders;
  if (last === undefined) return "";
  const more = holders.length > 1 ? `, after ${holders.length - 1} more` : "";
  const until =
    last.finished_at === null ? "" : ` until ${zonedTime(last.finished_at, data.timezone)}`;
  const who = otherText(last, data);
  return mutex === null
    ? `for ${who}, which went on${until}${more}`
    : `for the mutex ${mutex}: ${who} had it${until}${more}`;
}
