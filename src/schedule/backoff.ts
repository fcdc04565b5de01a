import type { AttemptOutcome, ReasonCode } from "../model/execution.ts";
import type { RetryPolicy } from "../model/policy.ts";

/**
 * The pause after an attempt in whole milliseconds. Without jitter it is `initialMs`, then `factor`
 * times as long each time, at most `maxMs`. Jitter moves it by up to that part of it, and never
 * beyond `maxMs`: what would be longer is spread below it, so that pauses at the limit differ too.
 */
export function retryPauseMs(retry: RetryPolicy, options: PauseOptions): number {
  const { attempt, random } = options;
  const pauseMs = Math.min(retry.initialMs * retry.factor ** (attempt - 1), retry.maxMs);
  const shortestMs = pauseMs * (1 - retry.jitter);
  const longestMs = Math.min(pauseMs * (1 + retry.jitter), retry.maxMs);
  return Math.round(shortestMs + (longestMs - shortestMs) * random);
}

export interface PauseOptions {
  /** The one that has just ended; counts from 1. */
  attempt: number;
  /** From 0 to below 1. */
  random: number;
}

/**
 * Whether an attempt that ended so may be followed by another. One that was cut by the stop of its
 * scheduler may: a restart is no wish of its job. What a person ended stays ended, and what only a
 * change of the job can mend is not tried again.
 */
export function mayRetry({ status, reason }: Pick<AttemptOutcome, "status" | "reason">): boolean {
  if (status === "success") return false;
  if (status === "cancelled") return reason === "shutdown";
  return reason === null || !FINAL_REASONS.has(reason);
}

const FINAL_REASONS: ReadonlySet<ReasonCode> = new Set([
  "code_unavailable",
  "permission_denied",
  "deadline",
]);
