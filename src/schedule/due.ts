import type { JobSchedule } from "../model/job.ts";
import { nextOccurrence } from "./next.ts";

/** An occurrence that is older than this when it is first seen was missed. */
export const MISSED_AFTER_MS = 10_000;

/** What happens to the occurrences that nobody was there to start. */
export interface CatchupRule {
  policy: "none" | "latest" | "all";
  /** Older ones are never caught up. */
  windowMs: number;
  /** The most that `all` runs. */
  max: number;
}

/** Instants in milliseconds since the epoch. */
export interface DueInput {
  schedule: JobSchedule;
  anchorMs: number;
  /** The persisted next occurrence of the job. */
  nextRunMs: number;
  nowMs: number;
  catchup: CatchupRule;
  /** The most occurrences that are handled in one call. */
  limit: number;
}

/** One occurrence that is due, or a stretch of them that is skipped as one record. */
export interface DueOccurrence {
  scheduledForMs: number;
  trigger: "schedule" | "catchup";
  /** False: it is recorded as missed. */
  run: boolean;
  /** The last occurrence of a stretch; null for a single one. */
  coversUntilMs: number | null;
  coversCount: number;
}

export interface DueResult {
  /** Oldest first. */
  due: DueOccurrence[];
  /** The first occurrence that was not handled; null when the schedule has ended. */
  nextRunMs: number | null;
  /** Some that are due were left for the next call: commit these and call again. */
  more: boolean;
}

/**
 * Accounts for each occurrence from `nextRunMs` up to `nowMs`. Each comes from the one before it
 * and never from the clock, so that a late or doubled pass finds the same ones.
 */
export function dueOccurrences(input: DueInput): DueResult {
  const { nowMs, limit } = input;
  const instants: number[] = [];
  let nextRunMs: number | null = input.nextRunMs;
  while (nextRunMs !== null && nextRunMs <= nowMs && instants.length < limit) {
    instants.push(nextRunMs);
    nextRunMs = following(input, nextRunMs);
  }
  const more = nextRunMs !== null && nextRunMs <= nowMs;
  const missedCount = countMissed(instants, nowMs);
  const caughtUp = catchupFrom(instants.slice(0, missedCount), input, {
    ordinaryDue: missedCount < instants.length,
    nextRunMs,
  });
  const due = skippedStretch(instants.slice(0, caughtUp));
  for (const [index, scheduledForMs] of instants.entries()) {
    if (index < caughtUp) continue;
    const trigger = index < missedCount ? "catchup" : "schedule";
    due.push({ scheduledForMs, trigger, run: true, coversUntilMs: null, coversCount: 1 });
  }
  return { due, nextRunMs, more };
}

function following(input: DueInput, afterMs: number): number | null {
  return nextOccurrence(input.schedule, { anchorMs: input.anchorMs, afterMs });
}

function countMissed(instants: readonly number[], nowMs: number): number {
  const ordinary = instants.findIndex((instant) => nowMs - instant <= MISSED_AFTER_MS);
  return ordinary === -1 ? instants.length : ordinary;
}

/** The index in `missed` from which all are run; those before it are skipped. */
function catchupFrom(
  missed: readonly number[],
  input: DueInput,
  rest: { ordinaryDue: boolean; nextRunMs: number | null },
): number {
  const inWindow = missed.findIndex((instant) => input.nowMs - instant <= input.catchup.windowMs);
  if (inWindow === -1) return missed.length;
  switch (input.catchup.policy) {
    case "none":
      return missed.length;
    case "latest": {
      // An occurrence that is due now, in this call or the next, makes the missed one needless.
      const othersDue = rest.nextRunMs !== null && rest.nextRunMs <= input.nowMs;
      return rest.ordinaryDue || othersDue ? missed.length : missed.length - 1;
    }
    case "all": {
      const room = Math.max(0, input.catchup.max - countLaterMissed(input, rest.nextRunMs));
      return Math.max(inWindow, missed.length - room);
    }
  }
}

/**
 * How many missed occurrences lie beyond this call, up to the number that matters: only the newest
 * `max` of all of them run, wherever the limit of a call falls.
 */
function countLaterMissed(input: DueInput, nextRunMs: number | null): number {
  let count = 0;
  let instant = nextRunMs;
  while (count < input.catchup.max && instant !== null && input.nowMs - instant > MISSED_AFTER_MS) {
    count += 1;
    instant = following(input, instant);
  }
  return count;
}

function skippedStretch(skipped: readonly number[]): DueOccurrence[] {
  const [first] = skipped;
  const last = skipped.at(-1);
  if (first === undefined || last === undefined) return [];
  const stretch = skipped.length > 1;
  return [
    {
      scheduledForMs: first,
      trigger: "schedule",
      run: false,
      coversUntilMs: stretch ? last : null,
      coversCount: skipped.length,
    },
  ];
}
