import type { JobSchedule } from "../../src/model/job.ts";
import { DEFAULT_POLICIES } from "../../src/model/policy.ts";
import type { CheckedJob, HistoryRow } from "../../tools/history/checker.ts";

export const MINUTE: number = 60_000;
export const NOON: number = Date.parse("2026-03-01T12:00:00.000Z");
export const schedule: JobSchedule = { type: "cron", expression: "* * * * *", timezone: "UTC" };

/** The instant so many minutes and ms after noon. */
export function at(minute: number, ms = 0): string {
  return new Date(NOON + minute * MINUTE + ms).toISOString();
}

/** A job that was due at each of the first five minutes. */
export function job(given: Partial<CheckedJob["spec"]> = {}, name = "a"): CheckedJob {
  const span = { schedule, anchorMs: NOON, cutShort: false };
  return {
    id: name,
    name,
    spec: { ...DEFAULT_POLICIES, ...given },
    spans: [{ ...span, fromMs: NOON, untilMs: NOON + 5 * MINUTE }],
  };
}

/** A success of the minute, but for what `given` says. */
export function row(minute: number, given: Partial<HistoryRow> = {}): HistoryRow {
  const name = given.job_id ?? "a";
  return {
    id: `${name}-${minute}`,
    job_id: name,
    job_name: name,
    trigger: "schedule",
    status: "success",
    reason: null,
    scheduled_for: at(minute),
    covers_until: null,
    covers_count: 1,
    due_at: at(minute),
    available_at: at(minute),
    deadline_at: null,
    created_at: at(minute, 5),
    started_at: at(minute, 10),
    finished_at: at(minute, 900),
    duration_ms: 890,
    attempt: 1,
    max_attempts: 1,
    priority: 0,
    errors: [],
    exit_code: 0,
    signal: null,
    message: null,
    error: null,
    items_processed: null,
    items_failed: null,
    fence: 100 + minute,
    exclusive_key: name,
    key_slots: 1,
    holds_key: false,
    queue_key: null,
    node_id: "node",
    revision: 1,
    version_id: null,
    triggered_by: null,
    backfill_id: null,
    cancel_requested_at: null,
    cancel_requested_by: null,
    cancel_reason: null,
    trace_id: "t",
    ...given,
  };
}

/** One that was never started. */
export const skipped: Partial<HistoryRow> = {
  status: "skipped",
  reason: "missed",
  started_at: null,
  attempt: 0,
  fence: null,
};

/** An attempt that failed, from and to so many ms after minute 2. */
export const failed = (
  attempt: number,
  from: number,
  to: number,
): HistoryRow["errors"][number] => ({
  attempt,
  started_at: at(2, from),
  finished_at: at(2, to),
  status: "failed",
  reason: "exit_code",
  error: null,
  exit_code: 1,
  signal: null,
  node_id: "node",
});
