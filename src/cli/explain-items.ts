import type { JobSchedule, JobSpec } from "../model/job.ts";
import { scheduleText } from "../model/job.ts";
import { describeSchedule } from "../schedule/words.ts";
import type { JobEvent } from "../store/job-events.ts";
import type { ExplainedRevision, ExplainedRow } from "../store/explained-row.ts";
import type { Unattended } from "../store/waiting.ts";
import type {
  BesideItem,
  DecisionItem,
  ExplainData,
  ExplainedExecution,
  ExplainedPolicies,
  OtherExecution,
  RevisionRef,
} from "../views/explain-data.ts";
import { toAttemptItem, took } from "./history-entries.ts";

/** An instant as JSON has it. */
export function iso(instant: Date | number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}

/** An execution with what explains it. */
export function executionItem(row: ExplainedRow): ExplainedExecution {
  return {
    execution_id: row.id,
    trigger: row.trigger,
    state: row.status,
    reason: row.reason,
    scheduled_for: iso(row.scheduledFor),
    covers_until: iso(row.coversUntil),
    covers_count: row.coversCount,
    created_at: row.createdAt.toISOString(),
    available_at: row.availableAt.toISOString(),
    deadline_at: iso(row.deadlineAt),
    started_at: iso(row.startedAt),
    finished_at: iso(row.finishedAt),
    ...took(row),
    attempt: row.attempt,
    max_attempts: row.maxAttempts,
    failed_attempts: row.errors.map(toAttemptItem),
    exit_code: row.exitCode,
    signal: row.signal,
    message: row.message,
    error: row.error,
    triggered_by: row.triggeredBy,
    cancelled_by: row.cancelRequestedBy,
    cancelled_at: iso(row.cancelRequestedAt),
    version: row.version,
    node: row.node,
    revision: revisionItem(row.revision),
  };
}

/** A revision and its commit. The server writes instants within JSON in its own zone. */
export function revisionItem(revision: ExplainedRevision | null): RevisionRef | null {
  return revision === null ? null : { ...revision, applied_at: iso(new Date(revision.applied_at)) };
}

/** A decision about a job, with the revision whose apply decided. */
export function decisionItem(event: JobEvent): DecisionItem {
  const { kind, at, doneBy, reason, revision } = event;
  return {
    kind,
    at: at.toISOString(),
    done_by: doneBy,
    reason,
    revision: revision === null ? null : revisionRef(event, revision),
  };
}

function revisionRef(event: JobEvent, id: number): RevisionRef {
  return {
    id,
    git_commit: event.gitCommit,
    git_author: event.gitAuthor,
    git_subject: event.gitSubject,
    git_dirty: event.gitDirty,
    applied_at: iso(event.appliedAt),
    applied_by: event.appliedBy,
  };
}

/** An execution that is only named: what was in the way of another, or took its place. */
export function otherItem(row: ExplainedRow): OtherExecution {
  return {
    execution_id: row.id,
    job_name: row.jobName,
    state: row.status,
    scheduled_for: iso(row.scheduledFor),
    started_at: iso(row.startedAt),
    finished_at: iso(row.finishedAt),
  };
}

/** A backfill, or a run by hand, with who asked for it. */
export function besideItem(row: ExplainedRow): BesideItem {
  return { ...otherItem(row), trigger: row.trigger, triggered_by: row.triggeredBy };
}

/** A stretch of time without a scheduler; null: one was alive. */
export function unattendedItem(stretch: Unattended | null): ExplainData["unattended"] {
  return stretch === null ? null : { from: iso(stretch.from), until: iso(stretch.until) };
}

/** A schedule as it was written and in words; null: by hand only. */
export function scheduleItem(schedule: JobSchedule | null): ExplainData["schedule"] {
  if (schedule === null) return null;
  return {
    text: scheduleText(schedule),
    human: describeSchedule(schedule),
    timezone: schedule.type === "cron" ? schedule.timezone : null,
  };
}

/** The policies that decide what becomes of a due time; lengths of time are in milliseconds. */
export function policiesItem(spec: JobSpec): ExplainedPolicies {
  const { catchup } = spec;
  return {
    overlap: spec.overlap,
    queue_limit: spec.queueLimit,
    concurrency: spec.concurrency,
    mutex: spec.mutex,
    catchup: { policy: catchup.policy, window_ms: catchup.windowMs, max: catchup.max },
    timeout_ms: spec.timeoutMs,
    deadline_ms: spec.deadlineMs,
    late_after_ms: spec.lateAfterMs,
    spread_ms: spec.spreadMs,
  };
}
