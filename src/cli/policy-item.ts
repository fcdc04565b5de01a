import type { JobSpec } from "../model/job.ts";
import { spreadOffsetMs } from "../schedule/spread.ts";
import type { JobPolicyItem } from "../views/job.ts";
import { hookText } from "../views/policies.ts";

/** The policies of a job as `jobs show --json` has them. */
export function policyItem(spec: JobSpec): JobPolicyItem {
  const { catchup, retry, schedule, onFailure } = spec;
  return {
    overlap: spec.overlap,
    queue_limit: spec.queueLimit,
    concurrency: spec.concurrency,
    mutex: spec.mutex,
    priority: spec.priority,
    catchup: { policy: catchup.policy, window_ms: catchup.windowMs, max: catchup.max },
    dst: schedule?.type === "cron" ? (schedule.dst ?? null) : null,
    spread_ms: spec.spreadMs,
    offset_ms: spreadOffsetMs(spec.name, spec.spreadMs),
    retry: {
      attempts: retry.attempts,
      initial_ms: retry.initialMs,
      factor: retry.factor,
      max_ms: retry.maxMs,
      jitter: retry.jitter,
    },
    deadline_ms: spec.deadlineMs,
    late_after_ms: spec.lateAfterMs,
    pause_after_failures: spec.pauseAfterFailures,
    on_failure: onFailure === null ? null : hookText(onFailure),
  };
}
