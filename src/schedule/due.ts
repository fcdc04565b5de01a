import type { JobSchedule } from "../model/job.ts";
import type { CatchupPolicy } from "../model/policy.ts";
import { nextOccurrence } from "./next.ts";
import { effectiveBefore } from "./spread.ts";

/** An occurrence whose effective time is older than this when it is first seen was missed. */
export const MISSED_AFTER_MS = 10_000;

/** Instants in milliseconds since the epoch. */
export interface DueInput {
  schedule: JobSchedule;
  anchorMs: number;
  /** The persisted next occurrence of the job: its nominal time. */
  nextRunMs: number;
  nowMs: number;
  catchup: CatchupPolicy;
  /** From `spreadOffsetMs`; absent: 0, an occurrence is due at its nominal time. */
  offsetMs?: number;
  /** The most occurrences that are handled in one call. */
  limit: number;
  /** Asked now and then, but not before the first: false ends the call early, with `more`. */
  mayGoOn?: () => boolean;
}

/** One occurrence that is due, or a stretch of them that is skipped as one record. */
export interface DueOccurrence {
  /** The nominal time, which is the identity of the occurrence. */
  scheduledForMs: number;
  /** The time at which it was due: the nominal one and the job's part of its spread. */
  effectiveMs: number;
  trigger: "schedule" | "catchup";
  /** False: it is recorded as missed. */
  run: boolean;
  /** The nominal time of the last occurrence of a stretch; null for a single one. */
  coversUntilMs: number | null;
  coversCount: number;
}

export interface DueResult {
  /** Oldest first. */
  due: DueOccurrence[];
  /** The nominal time of the first occurrence that was not handled; null: the schedule has ended. */
  nextRunMs: number | null;
  /** When that one is due; null with it. */
  nextEffectiveMs: number | null;
  /** Some that are due were left for the next call: commit these and call again. */
  more: boolean;
}

/** So many occurrences are handled without a question whether there is time for more. */
const UNASKED = 64;

/**
 * Accounts for each occurrence from `nextRunMs` up to `nowMs`. Each comes from the one before it
 * and never from the clock, so that a late or doubled pass finds the same ones; and of those that
 * were missed the same run, wherever the limit of a call or its time cuts them.
 */
export function dueOccurrences(input: DueInput): DueResult {
  const { handled, next } = handleDue(input);
  const more = next !== null && next.effectiveMs <= input.nowMs;
  const ordinary = handled.findIndex((occurrence) => !isMissed(occurrence, input));
  const missedCount = ordinary === -1 ? handled.length : ordinary;
  const caughtUp = catchupFrom(handled.slice(0, missedCount), input, {
    othersDue: missedCount < handled.length || more,
    next,
  });
  const due = skippedStretch(handled.slice(0, caughtUp));
  for (const [index, { nominalMs, effectiveMs }] of handled.entries()) {
    if (index < caughtUp) continue;
    const trigger = index < missedCount ? "catchup" : "schedule";
    const single = { run: true, coversUntilMs: null, coversCount: 1 };
    due.push({ scheduledForMs: nominalMs, effectiveMs, trigger, ...single });
  }
  const [nextRunMs, nextEffectiveMs] = [next?.nominalMs ?? null, next?.effectiveMs ?? null];
  return { due, nextRunMs, nextEffectiveMs, more };
}

interface Occurrence {
  nominalMs: number;
  effectiveMs: number;
  /** The nominal time of the one after it. */
  followingMs: number | null;
}

/** The occurrences that this call accounts for, and the first one that it leaves. */
function handleDue(input: DueInput): { handled: Occurrence[]; next: Occurrence | null } {
  const { nowMs, limit, mayGoOn = () => true } = input;
  const handled: Occurrence[] = [];
  let next: Occurrence | null = occurrenceAt(input, input.nextRunMs);
  while (next !== null && next.effectiveMs <= nowMs && handled.length < limit) {
    if (handled.length > 0 && handled.length % UNASKED === 0 && !mayGoOn()) break;
    handled.push(next);
    next = following(input, next);
  }
  return { handled, next };
}

function following(input: DueInput, { followingMs }: Occurrence): Occurrence | null {
  return followingMs === null ? null : occurrenceAt(input, followingMs);
}

function occurrenceAt(
  { schedule, anchorMs, offsetMs = 0 }: DueInput,
  nominalMs: number,
): Occurrence {
  const followingMs = nextOccurrence(schedule, { anchorMs, afterMs: nominalMs });
  return {
    nominalMs,
    followingMs,
    effectiveMs: effectiveBefore(followingMs, { nominalMs, offsetMs }),
  };
}

function isMissed({ effectiveMs }: Occurrence, { nowMs }: DueInput): boolean {
  return nowMs - effectiveMs > MISSED_AFTER_MS;
}

/** The index in `missed` from which all are run; those before it are skipped. */
function catchupFrom(
  missed: readonly Occurrence[],
  input: DueInput,
  { othersDue, next }: { othersDue: boolean; next: Occurrence | null },
): number {
  const { policy, windowMs, max } = input.catchup;
  const inWindow = missed.findIndex(({ effectiveMs }) => input.nowMs - effectiveMs <= windowMs);
  if (inWindow === -1) return missed.length;
  switch (policy) {
    case "none":
      return missed.length;
    case "latest":
      // An occurrence that is due now, in this call or the next, makes the missed one needless.
      return othersDue ? missed.length : missed.length - 1;
    case "all": {
      const room = Math.max(0, max - countLaterMissed(input, next));
      return Math.max(inWindow, missed.length - room);
    }
  }
}

/**
 * How many missed occurrences lie beyond this call, up to the number that matters: only the newest
 * `max` of all of them run.
 */
function countLaterMissed(input: DueInput, first: Occurrence | null): number {
  let count = 0;
  let later = first;
  while (later !== null && count < input.catchup.max && isMissed(later, input)) {
    count += 1;
    later = following(input, later);
  }
  return count;
}

function skippedStretch(skipped: readonly Occurrence[]): DueOccurrence[] {
  const [first] = skipped;
  const last = skipped.at(-1);
  if (first === undefined || last === undefined) return [];
  return [
    {
      scheduledForMs: first.nominalMs,
      effectiveMs: first.effectiveMs,
      trigger: "schedule",
      run: false,
      coversUntilMs: skipped.length > 1 ? last.nominalMs : null,
      coversCount: skipped.length,
    },
  ];
}
