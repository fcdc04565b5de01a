import type { Defaults, Job } from "../model/config.generated.ts";
import type {
  CatchupPolicy,
  ClockChangePolicy,
  FailureHook,
  JobPolicies,
  RetryPolicy,
} from "../model/policy.ts";
import { DEFAULT_POLICIES } from "../model/policy.ts";
import { toRequest } from "./request.ts";
import { milliseconds } from "./settings.ts";

/** The keys of a job's policies, by the field of the spec that each fills. */
export const POLICY_KEYS: Readonly<Record<keyof JobPolicies, keyof Job>> = {
  overlap: "overlap",
  queueLimit: "queue_limit",
  concurrency: "concurrency",
  mutex: "mutex",
  priority: "priority",
  catchup: "catchup",
  spreadMs: "spread",
  retry: "retry",
  deadlineMs: "deadline",
  pauseAfterFailures: "pause_after_failures",
  onFailure: "on_failure",
  lateAfterMs: "late_after",
};

/** The policies of a job that was checked: its own words, else those of `defaults`, else ours. */
export function toPolicies(job: Job, defaults: Defaults): JobPolicies {
  const { deadline = defaults.deadline } = job;
  const { late_after: lateAfter = defaults.late_after } = job;
  const { on_failure: onFailure = defaults.on_failure } = job;
  const fallback = DEFAULT_POLICIES;
  return {
    overlap: job.overlap ?? defaults.overlap ?? fallback.overlap,
    queueLimit: job.queue_limit ?? defaults.queue_limit ?? fallback.queueLimit,
    concurrency: job.concurrency ?? fallback.concurrency,
    mutex: job.mutex ?? fallback.mutex,
    priority: job.priority ?? defaults.priority ?? fallback.priority,
    catchup: toCatchup(job.catchup ?? defaults.catchup),
    spreadMs: job.spread === undefined ? fallback.spreadMs : milliseconds(job.spread),
    retry: toRetry(job.retry ?? defaults.retry),
    deadlineMs: deadline === undefined || deadline === "none" ? null : milliseconds(deadline),
    pauseAfterFailures:
      job.pause_after_failures ?? defaults.pause_after_failures ?? fallback.pauseAfterFailures,
    onFailure: onFailure === undefined ? fallback.onFailure : toHook(onFailure),
    lateAfterMs: lateAfter === undefined ? fallback.lateAfterMs : milliseconds(lateAfter),
  };
}

/** What a cron schedule does where the clocks change; undefined where nobody said anything. */
export function toClockChange(job: Job, defaults: Defaults): ClockChangePolicy | undefined {
  const { gap, fold } = job.dst ?? defaults.dst ?? {};
  if (gap === undefined && fold === undefined) return undefined;
  return { ...(gap === undefined ? {} : { gap }), ...(fold === undefined ? {} : { fold }) };
}

function toCatchup(catchup: Job["catchup"]): CatchupPolicy {
  const fallback = DEFAULT_POLICIES.catchup;
  // One object for all jobs that say nothing: there may be tens of thousands.
  if (catchup === undefined) return fallback;
  const { policy, window, max } = catchup;
  return {
    policy: policy ?? fallback.policy,
    windowMs: window === undefined ? fallback.windowMs : milliseconds(window),
    max: max ?? fallback.max,
  };
}

/** The attempts of a job as its text and ours say; lengths of time must be readable. */
export function toRetry(retry: Job["retry"]): RetryPolicy {
  const fallback = DEFAULT_POLICIES.retry;
  if (retry === undefined) return fallback;
  const { initial, factor, max, jitter } = retry.backoff ?? {};
  return {
    attempts: retry.attempts ?? fallback.attempts,
    initialMs: initial === undefined ? fallback.initialMs : milliseconds(initial),
    factor: factor ?? fallback.factor,
    maxMs: max === undefined ? fallback.maxMs : milliseconds(max),
    jitter: jitter ?? fallback.jitter,
  };
}

function toHook(hook: NonNullable<Job["on_failure"]>): FailureHook {
  if ("command" in hook) return { type: "command", command: hook.command };
  // What is told has a body.
  return { type: "http", http: toRequest({ method: "POST", ...hook.http }) };
}
