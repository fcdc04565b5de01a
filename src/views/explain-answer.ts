import type { ExecutionStatus } from "../model/execution.ts";
import { REASONS } from "../model/execution.ts";
import { durationText } from "../model/job.ts";
import { elapsedText } from "./elapsed.ts";
import type { ExplainData, ExplainOutcome, ExplainedExecution } from "./explain-data.ts";
import { isToCome } from "./explain-tense.ts";
import { runningText } from "./running-text.ts";
import { dayText, zonedTime } from "./schedule-times.ts";
import { waitingText } from "./waiting-text.ts";

/** The answer in one sentence. */
export function explainAnswer(data: ExplainData): string {
  const { job_name: name, execution, outcome } = data;
  if (execution !== null) return `${name}, due ${dueText(data)}, ${recordText(data, execution)}.`;
  if (isRecordState(outcome)) throw new Error("what has a record has an execution");
  return `${name}${UNRECORDED[outcome](data)}.`;
}

function dueText({ scheduled_for, asked, timezone }: ExplainData): string {
  return zonedTime(scheduled_for ?? asked.from, timezone);
}

/** The time that is none of its due times: an instant, or all of a day. */
function whenText(data: ExplainData): string {
  const { day } = data.asked;
  return day === null ? `at ${dueText(data)}` : `on ${dayText(day)}`;
}

type Unrecorded = Exclude<ExplainOutcome, ExecutionStatus>;

function isRecordState(outcome: ExplainOutcome): outcome is ExecutionStatus {
  return !Object.hasOwn(UNRECORDED, outcome);
}

/** What follows the name of the job. */
const UNRECORDED: Record<Unrecorded, (data: ExplainData) => string> = {
  future: (data) => `, due ${dueText(data)}, is to come: ${startText(data)}`,
  unrecorded: (data) => `, due ${dueText(data)}, has no record yet: no scheduler has seen to it`,
  superseded: (data) =>
    `, due ${dueText(data)}, was never recorded: ${endedText(data)} before a scheduler saw to it`,
  pruned: prunedText,
  lost: (data) =>
    `, due ${dueText(data)}, has no record, which should never happen: please report it`,
  several: severalText,
  not_due: (data) => notDueText(data),
  no_schedule: (data) => notDueText(data, `it ${isToCome(data) ? "has" : "had"} no schedule`),
  disabled: (data) => notDueText(data, `it ${isText(data)} disabled`),
  paused: (data) => notDueText(data, `it ${isText(data)} paused`),
  removed: (data) => notDueText(data, `it ${isText(data)} removed`),
  not_registered: (data) =>
    notDueText(data, `it ${isText(data)} not registered${isToCome(data) ? "" : " yet"}`),
};

function notDueText(data: ExplainData, why?: string): string {
  return ` ${isText(data)} not due ${whenText(data)}${why === undefined ? "" : `: ${why}`}`;
}

function prunedText(data: ExplainData): string {
  return data.scheduled_for === null
    ? `: whether it was due ${whenText(data)} is not known any more: old records are deleted`
    : `, due ${dueText(data)}, has no record any more: old records are deleted`;
}

function severalText(data: ExplainData): string {
  const { others } = data;
  const times = `${others.length} times${others.length < MOST_TIMES ? "" : " or more"}`;
  return ` ${isText(data)} due ${times} ${whenText(data)}: ask about one of them`;
}

/** More due times than these are never read. */
const MOST_TIMES = 100;

function isText(data: ExplainData): "is" | "was" {
  return isToCome(data) ? "is" : "was";
}

function startText({ due_at, now, timezone, scheduled_for }: ExplainData): string {
  const startsAt = due_at ?? scheduled_for ?? now;
  const left = elapsedText(Math.max(0, Date.parse(startsAt) - Date.parse(now)));
  return startsAt === scheduled_for
    ? `it starts in ${left}`
    : `with its part of the spread it starts at ${zonedTime(startsAt, timezone)}, in ${left}`;
}

function endedText({ ended_by }: ExplainData): string {
  const kind = ended_by?.kind;
  const isRest = kind === "disabled" || kind === "removed" || kind === "paused";
  return isRest ? `the job was ${kind}` : "its schedule was changed";
}

function recordText(data: ExplainData, execution: ExplainedExecution): string {
  const { state, attempt, duration_ms, covers_count } = execution;
  const tries = attempt > 1 ? ` after ${attempt} attempts` : "";
  const took = duration_ms === null ? "" : ` in ${elapsedText(duration_ms)}`;
  const late = execution.trigger === "catchup" ? "was caught up late and " : "";
  switch (state) {
    case "success":
      return `${late}succeeded${took}${attempt > 1 ? `, at attempt ${attempt}` : ""}`;
    case "failed":
      return `${late}failed${tries}: ${causeText(data, execution)}`;
    case "timed_out":
      return `${late}timed out${tries}: ${causeText(data, execution)}`;
    case "abandoned":
      return `${late}was abandoned${tries}: ${causeText(data, execution)}`;
    case "cancelled":
      return `was cancelled${cancelText(execution)}`;
    case "skipped": {
      const more = covers_count - 1;
      const others = more > 0 ? ` with ${more} ${more === 1 ? "other" : "others"}` : "";
      return `was skipped${others}: ${causeText(data, execution)}`;
    }
    case "running":
      return `is running${runningText(execution, data.now)}`;
    case "pending":
      return `waits: ${waitingText(data)}`;
  }
}

function causeText({ policies }: ExplainData, execution: ExplainedExecution): string {
  const { reason, exit_code, signal } = execution;
  if (reason === null) return "no reason was recorded";
  const sentence = REASONS[reason];
  if (reason === "exit_code" && exit_code !== null) return `${sentence} (it was ${exit_code})`;
  if (reason === "signal" && signal !== null) return `${sentence} (${signal})`;
  if (reason === "timeout") return `${sentence}${limitText(policies?.timeout_ms)}`;
  if (reason === "deadline") return `${sentence}${limitText(policies?.deadline_ms)}`;
  return sentence;
}

function limitText(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? "" : ` of ${durationText(ms)}`;
}

function cancelText({ reason, cancelled_by, attempt, started_at }: ExplainedExecution): string {
  const when =
    attempt === 0 ? " before it started" : started_at === null ? " between attempts" : "";
  if (reason === "cancel_requested") return `${when} by ${cancelled_by ?? "somebody"}`;
  return `${when}: ${reason === null ? "no reason was recorded" : REASONS[reason]}`;
}
