import { durationText } from "../model/job.ts";
import { decisionText } from "./decision-text.ts";
import { elapsedText } from "./elapsed.ts";
import type { ExplainData, ExplainedExecution, OtherExecution } from "./explain-data.ts";
import { delayLines } from "./explain-delay.ts";
import { isToCome } from "./explain-tense.ts";
import { missedLines, spreadLines, unrecordedLines } from "./explain-unrecorded.ts";
import { zonedTime } from "./schedule-times.ts";
import { STATE_WORDS } from "./state-words.ts";
import { otherText } from "./waiting-text.ts";

/** Why it is as the answer says, a sentence a line. */
export function explainReasons(data: ExplainData): string[] {
  const { execution } = data;
  return [
    ...clockChangeLines(data),
    ...(execution === null ? unrecordedLines(data) : recordLines(data, execution)),
    ...othersLines(data),
    ...besideLines(data),
    ...removedLines(data),
  ];
}

/** The most other due times that are listed. */
const OTHERS_SHOWN = 5;

function clockChangeLines(data: ExplainData): string[] {
  const { clock_change, asked, timezone } = data;
  const at = zonedTime(asked.from, timezone);
  const toCome = isToCome(data);
  const shown = `The clocks of ${timezone} ${toCome ? "show" : "showed"} that time twice`;
  switch (clock_change) {
    case "skipped":
      return [
        `The clocks of ${timezone} ${toCome ? "skip" : "skipped"} the time that you asked about; the first one after it ${toCome ? "is" : "was"} ${at}.`,
      ];
    case "first":
      return [`${shown}; this is the first one. Give the offset to ask about the other.`];
    case "second":
      return [
        `${shown}; this is the second one, since nothing ${toCome ? "is" : "was"} due at the first.`,
      ];
    case null:
      return [];
  }
}

function recordLines(data: ExplainData, execution: ExplainedExecution): string[] {
  const { state } = execution;
  const attempts = attemptLines(data, execution);
  if (state === "skipped" || state === "cancelled") {
    return [...notRunLines(data, execution), ...attempts];
  }
  const caughtUp = execution.trigger === "catchup" ? missedLines(data) : [];
  const start = state === "pending" ? [] : startLines(data, execution);
  return [...start, ...delayLines(data, execution), ...attempts, ...caughtUp];
}

function startLines(data: ExplainData, execution: ExplainedExecution): string[] {
  const dueAt = data.due_at ?? data.scheduled_for;
  const startedAt = execution.failed_attempts[0]?.started_at ?? execution.started_at;
  if (dueAt === null || startedAt === null) return [];
  const delayMs = Math.max(0, Date.parse(startedAt) - Date.parse(dueAt));
  const limitMs = data.policies?.late_after_ms ?? null;
  const late = limitMs !== null && delayMs > limitMs;
  const than = late ? `, which is late: late_after is ${durationText(limitMs)}` : "";
  return [...spreadLines(data), `It started ${elapsedText(delayMs)} after it was due${than}.`];
}

function attemptLines({ timezone }: ExplainData, execution: ExplainedExecution): string[] {
  return execution.failed_attempts.map((entry) => {
    const { attempt, started_at, finished_at, state, reason, error } = entry;
    const took = elapsedText(Date.parse(finished_at) - Date.parse(started_at));
    const why = (error ?? reason ?? "").split("\n", 1)[0] ?? "";
    const said = why === "" ? "." : `: ${why}`;
    return `Attempt ${attempt}, at ${zonedTime(started_at, timezone)}, ${STATE_WORDS[state]} after ${took}${said}`;
  });
}

function notRunLines(data: ExplainData, execution: ExplainedExecution): string[] {
  const { other_execution: other, policies, decision, timezone } = data;
  const { reason, cancelled_at } = execution;
  if (reason === "overlap" || reason === "queue_full") {
    return [
      ...(other === null ? [] : [blockerLine(other, data)]),
      ...(policies === null ? [] : [overlapLine(policies, reason)]),
    ];
  }
  if (reason === "replaced") {
    return other === null ? [] : [`In its place came ${otherText(other, data)}.`];
  }
  if (reason === "missed") return [...coverLines(data, execution), ...missedLines(data)];
  if (decision !== null) return [decisionText(decision, timezone)];
  return cancelled_at === null
    ? []
    : [`Its end was asked for at ${zonedTime(cancelled_at, timezone)}.`];
}

function blockerLine(other: OtherExecution, data: ExplainData): string {
  const { started_at, finished_at } = other;
  const from = started_at === null ? "waited" : `ran from ${zonedTime(started_at, data.timezone)}`;
  const until =
    finished_at === null ? "and goes on" : `to ${zonedTime(finished_at, data.timezone)}`;
  const took =
    started_at === null || finished_at === null
      ? ""
      : ` (${elapsedText(Date.parse(finished_at) - Date.parse(started_at))})`;
  return `In its way was ${otherText(other, data)}, which ${from} ${until}${took}.`;
}

function overlapLine(
  { overlap, queue_limit }: NonNullable<ExplainData["policies"]>,
  reason: "overlap" | "queue_full",
): string {
  if (reason === "overlap") {
    return `The job says overlap: ${overlap}; queue_one or queue_all would let it wait.`;
  }
  return overlap === "queue_one"
    ? "The job says overlap: queue_one, so that one run may wait."
    : `The job says queue_limit: ${queue_limit}.`;
}

function coverLines({ timezone }: ExplainData, execution: ExplainedExecution): string[] {
  const { covers_until, covers_count, scheduled_for } = execution;
  if (covers_until === null || scheduled_for === null) return [];
  const from = zonedTime(scheduled_for, timezone);
  return [
    `One record stands for the ${covers_count} due times from ${from} to ${zonedTime(covers_until, timezone)}.`,
  ];
}

function othersLines({ others, outcome, timezone }: ExplainData): string[] {
  if (others.length === 0 || outcome === "several") return [];
  const shown = others.slice(0, OTHERS_SHOWN).map((at) => zonedTime(at, timezone));
  const more = others.length > OTHERS_SHOWN ? ", and more" : "";
  return [`What you asked about has other due times too: ${shown.join(", ")}${more}.`];
}

function besideLines(data: ExplainData): string[] {
  return data.beside.map((other) => {
    const { trigger, triggered_by, state, started_at, execution_id } = other;
    const by = triggered_by === null ? "" : ` by ${triggered_by}`;
    const what = trigger === "backfill" ? "It was backfilled" : "A run was asked for";
    const started =
      started_at === null ? "" : ` started at ${zonedTime(started_at, data.timezone)} and`;
    return `${what}${by}: execution ${execution_id}${started} ${STATE_WORDS[state]}.`;
  });
}

/** Where the outcome is that the job was removed, that is said already. */
function removedLines({ removed, outcome, timezone }: ExplainData): string[] {
  if (removed === null || outcome === "removed") return [];
  const { revision, at } = removed;
  const since = revision === null ? "" : `revision ${revision.id}, `;
  return [`It is no longer declared since ${since}${zonedTime(at, timezone)}.`];
}
