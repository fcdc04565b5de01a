import type { ReasonCode } from "../model/execution.ts";
import type { JobPolicies, OverlapPolicy } from "../model/policy.ts";

/**
 * By what an execution is let in beside those of its job that have not ended. `hold` is `skip` where
 * the key alone decides: the execution holds it from its admission to its end, so that at most one is
 * open. `allow` is let in whatever there is, and waits for its key if it has one: so are runs that are
 * caught up and backfilled.
 */
export type AdmissionRule = "hold" | OverlapPolicy;

/** What a job's spec makes of an execution when it is recorded. */
export interface Admission {
  rule: AdmissionRule;
  /** What at most `keySlots` executions hold at a time while they run; null: nothing is excluded. */
  exclusiveKey: string | null;
  keySlots: number;
  /** Executions that may wait under `queue_all`. */
  queueLimit: number;
  priority: number;
  maxAttempts: number;
  /** From the recording to the end of the last attempt; null: no limit. */
  deadlineMs: number | null;
  /** From the effective due time; null: it is never late. */
  lateAfterMs: number | null;
}

export interface AdmissionOptions {
  jobId: string;
  /** Instead of the job's own; a mutex excludes in any case. */
  overlap?: OverlapPolicy | null;
  /** Caught up or backfilled: let in whatever waits, to run one after another. */
  exempt?: boolean;
}

/** How an execution of a job with these policies is admitted. */
export function admissionOf(policies: JobPolicies, options: AdmissionOptions): Admission {
  const { mutex, queueLimit, priority, deadlineMs, lateAfterMs } = policies;
  const overlap = options.overlap ?? policies.overlap;
  const keySlots = mutex === null ? policies.concurrency : 1;
  const ownKey = overlap === "allow" ? null : options.jobId;
  return {
    rule: ruleOf(overlap, { ...options, holds: mutex === null && keySlots === 1 }),
    exclusiveKey: mutex === null ? ownKey : mutexKey(mutex),
    keySlots,
    queueLimit,
    priority,
    maxAttempts: policies.retry.attempts,
    deadlineMs,
    lateAfterMs,
  };
}

const MUTEX = "mutex:";

/** The exclusive key that stands for a mutex; no job has an id like it. */
export function mutexKey(name: string): string {
  return MUTEX + name;
}

/** The mutex that an exclusive key stands for; null: it is a job's own, or none. */
export function mutexOf(exclusiveKey: string | null): string | null {
  return exclusiveKey?.startsWith(MUTEX) ? exclusiveKey.slice(MUTEX.length) : null;
}

function ruleOf(
  overlap: OverlapPolicy,
  { exempt = false, holds }: { exempt?: boolean; holds: boolean },
): AdmissionRule {
  if (exempt) return "allow";
  return overlap === "skip" && holds ? "hold" : overlap;
}

/** Why an execution that its rule does not let in is skipped. */
export const REFUSALS: Readonly<Record<AdmissionRule, ReasonCode>> = {
  hold: "overlap",
  skip: "overlap",
  queue_one: "queue_full",
  queue_all: "queue_full",
  replace: "replaced",
  allow: "overlap",
};
