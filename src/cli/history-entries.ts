import { seedStatus } from "../model/execution.ts";
import type { JobExecution } from "../store/executions.ts";
import type { HistoryEntry } from "../views/history.ts";

/** An execution as `jobs history` shows it. */
export function toHistoryEntry(execution: JobExecution): HistoryEntry {
  const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
  return {
    job_name: execution.jobName,
    status: seedStatus(execution.status),
    state: execution.status,
    reason: execution.reason,
    run_at: iso(execution.startedAt),
    error: execution.error,
    message: execution.message,
    execution_id: execution.id,
    trigger: execution.trigger,
    scheduled_for: iso(execution.scheduledFor),
    covers_until: iso(execution.coversUntil),
    covers_count: execution.coversCount,
    created_at: execution.createdAt.toISOString(),
    finished_at: iso(execution.finishedAt),
    duration_ms: execution.durationMs,
    attempt: execution.attempt,
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
