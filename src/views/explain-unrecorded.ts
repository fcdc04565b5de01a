import type { ExecutionStatus } from "../model/execution.ts";
import { durationText } from "../model/job.ts";
import { decisionText } from "./decision-text.ts";
import type { ExplainData, ExplainOutcome } from "./explain-data.ts";
import { isToCome } from "./explain-tense.ts";
import { catchupText } from "./policies.ts";
import { zonedTime } from "./schedule-times.ts";

/** Why a due time has no record, or an instant is none, a sentence a line. */
export function unrecordedLines(data: ExplainData): string[] {
  const { outcome } = data;
  return isUnrecorded(outcome) ? LINES[outcome](data) : [];
}

type Unrecorded = Exclude<ExplainOutcome, ExecutionStatus>;

function isUnrecorded(outcome: ExplainOutcome): outcome is Unrecorded {
  return Object.hasOwn(LINES, outcome);
}

const LINES: Record<Unrecorded, (data: ExplainData) => string[]> = {
  future: ({ waiting }) =>
    waiting === null
      ? []
      : [
          waiting.for === "worker"
            ? "No node runs jobs now: it is recorded by then, and waits for one that does."
            : "No scheduler is running now: it needs one by then.",
        ],
  unrecorded: (data) => [
    ...unattendedLines(data),
    "Whether it still runs is for its catch-up rule to say, when a scheduler looks.",
    ...catchupRuleLines(data),
  ],
  superseded: (data) => [
    ...(data.ended_by === null ? [] : [decisionText(data.ended_by, data.timezone)]),
    ...unattendedLines(data),
    "What is changed starts from the change, and what was due before is not caught up.",
  ],
  pruned: keptLines,
  lost: () => [],
  several: severalLines,
  not_due: nearestLines,
  no_schedule: restLines,
  disabled: restLines,
  paused: restLines,
  removed: restLines,
  not_registered: ({ decision, timezone }) => [
    decision === null
      ? "No config that declares it was ever applied."
      : decisionText(decision, timezone),
  ],
};

function restLines({ decision, ended_by, timezone }: ExplainData): string[] {
  return [
    ...(decision === null ? [] : [decisionText(decision, timezone)]),
    ended_by === null ? "That still holds." : decisionText(ended_by, timezone),
  ];
}

/** The time without a scheduler, and what the job says of what it missed. */
export function missedLines(data: ExplainData): string[] {
  return [...unattendedLines(data), ...catchupRuleLines(data)];
}

/** The time around it in which no scheduler ran. */
export function unattendedLines({
  unattended,
  timezone,
}: Pick<ExplainData, "unattended" | "timezone">): string[] {
  if (unattended === null) {
    return ["A scheduler was alive, but its database or its machine was too slow to see to it."];
  }
  const { from, until } = unattended;
  if (until === null) {
    const since = from === null ? "has run yet" : `has run since ${zonedTime(from, timezone)}`;
    return [`No scheduler ${since}.`];
  }
  const stretch =
    from === null
      ? `before ${zonedTime(until, timezone)}`
      : `from ${zonedTime(from, timezone)} to ${zonedTime(until, timezone)}`;
  return [`No scheduler ran ${stretch}.`];
}

function catchupRuleLines({ policies }: ExplainData): string[] {
  if (policies === null) return [];
  const { policy, window_ms: windowMs, max } = policies.catchup;
  return [`The job's catch-up rule is: ${catchupText({ policy, windowMs, max })}.`];
}

/** When it was to start, where that is not its due time. */
export function spreadLines({ scheduled_for, due_at, timezone }: ExplainData): string[] {
  if (due_at === null || scheduled_for === null || due_at === scheduled_for) return [];
  return [`With its part of the spread it was to start at ${zonedTime(due_at, timezone)}.`];
}

function keptLines({ retention, timezone }: ExplainData): string[] {
  if (retention === null) return [];
  const { age_ms, per_job, oldest } = retention;
  const last =
    oldest === null
      ? "none of this job is left"
      : `the oldest of this job is of ${zonedTime(oldest, timezone)}`;
  return [`Records are kept for ${durationText(age_ms)}, and ${per_job} of each job; ${last}.`];
}

/** The most due times of a day that are listed: those of an hourly job. */
const TIMES_SHOWN = 24;

function severalLines({ others, timezone }: ExplainData): string[] {
  const shown = others.slice(0, TIMES_SHOWN).map((at) => zonedTime(at, timezone));
  return others.length > TIMES_SHOWN ? [...shown, "and more."] : shown;
}

function nearestLines(data: ExplainData): string[] {
  const { nearest, timezone, now } = data;
  const { before = null, after = null } = nearest ?? {};
  const there = isToCome(data) ? "There is" : "There was";
  const line = (at: string, which: string): string =>
    `The due time ${which} it ${at > now ? "is" : "was"} ${zonedTime(at, timezone)}.`;
  return [
    before === null ? `${there} no due time before it.` : line(before, "before"),
    after === null ? "There is no due time after it." : line(after, "after"),
  ];
}
