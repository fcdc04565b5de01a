import { seedStatus } from "../model/execution.ts";
import type { JobExecution } from "../store/executions.ts";
import { isRetrying } from "../store/executions.ts";
import type { FailedAttempt } from "../store/export.ts";
import { readAttempt } from "../store/export.ts";
import type { Took } from "../views/elapsed.ts";
import type { AttemptItem, HistoryEntry } from "../views/history.ts";

/** An execution as `jobs history` shows it. */
export function toHistoryEntry(execution: JobExecution): HistoryEntry {
  const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
  const attempts = execution.errors.map(toAttemptItem);
  return {
    job_name: execution.jobName,
    status: seedStatus(execution.status),
    state: execution.status,
    reason: execution.reason,
    // One that waits for its next attempt, or waited until its end, is between two starts.
    run_at: iso(execution.startedAt) ?? attempts.at(-1)?.started_at ?? null,
    error: execution.error,
    message: execution.message,
    execution_id: execution.id,
    trigger: execution.trigger,
    scheduled_for: iso(execution.scheduledFor),
    covers_until: iso(execution.coversUntil),
    covers_count: execution.coversCount,
    created_at: execution.createdAt.toISOString(),
    finished_at: iso(execution.finishedAt),
    ...took(execution),
    attempt: execution.attempt,
    max_attempts: execution.maxAttempts,
    attempts,
    retry_at: isRetrying(execution) ? iso(execution.availableAt) : null,
    exit_code: execution.exitCode,
    signal: execution.signal,
    items_processed: execution.itemsProcessed,
    items_failed: execution.itemsFailed,
    revision: execution.revision,
    git_commit: execution.gitCommit,
    version: execution.version,
    triggered_by: execution.triggeredBy,
  };
}

/** How long an execution took. The server writes the instants within JSON in its own zone. */
export function took({
  durationMs,
  finishedAt,
  errors: [first],
}: Pick<JobExecution, "durationMs" | "finishedAt" | "errors">): Took {
  const isWhole = first === undefined || finishedAt === null;
  const elapsedMs = isWhole ? durationMs : finishedAt.getTime() - Date.parse(first.started_at);
  return { duration_ms: durationMs, elapsed_ms: elapsedMs };
}

/** An attempt as outputs show it, by the names that the database gives its parts. */
export function toAttemptItem(failed: FailedAttempt): AttemptItem {
  const { attempt, started_at, finished_at, status, reason, error } = readAttempt(failed);
  const { exit_code, signal, node_id } = failed;
  return {
    attempt,
    started_at,
    finished_at,
    state: status,
    reason,
    error,
    exit_code,
    signal,
    node_id,
  };
}
