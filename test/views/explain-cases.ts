import type { ExplainData, ExplainedExecution } from "../../src/views/explain-data.ts";
import {
  byHand,
  byRevision,
  data,
  DUE,
  notStarted,
  other,
  policies,
  recorded,
  unattended,
  waiting,
} from "./explain-facts.ts";

/** No due time was asked about. */
const none = { scheduled_for: null, due_at: null, schedule: null };
const tomorrow = "2026-11-22T01:00:00.000Z";
const coming = {
  asked: { from: tomorrow, until: "2026-11-22T01:01:00.000Z", day: null },
  scheduled_for: tomorrow,
  due_at: tomorrow,
};

const failedAttempts: ExplainedExecution["failed_attempts"] = [1, 2].map((attempt) => ({
  attempt,
  started_at: `2026-11-20T01:00:${attempt}0.000Z`,
  finished_at: `2026-11-20T01:00:${attempt}1.500Z`,
  state: "failed",
  reason: "exit_code",
  error: "could not connect to server\nDETAIL: refused",
  exit_code: 1,
  signal: null,
  node_id: "01a1fd00-0000-7000-8000-000000000001",
}));

const retrying = { max_attempts: 3, failed_attempts: failedAttempts };

/** One answer of each kind of outcome, by the name of its golden file. */
export const OUTCOMES: Record<string, ExplainData> = {
  success: recorded("success", { message: "42 rows", version: "1.0.3" }),
  "success-late": recorded(
    "success",
    { started_at: "2026-11-20T01:04:10.000Z" },
    { policies: { ...policies, late_after_ms: 60_000 } },
  ),
  "success-retried": recorded("success", {
    ...retrying,
    attempt: 3,
    started_at: "2026-11-20T01:00:30.000Z",
  }),
  "success-spread": recorded(
    "success",
    { started_at: "2026-11-20T01:17:23.040Z" },
    { due_at: "2026-11-20T01:17:23.000Z", policies: { ...policies, spread_ms: 1_800_000 } },
  ),
  "success-caught-up": recorded(
    "success",
    { trigger: "catchup", started_at: "2026-11-20T05:12:00.000Z" },
    { unattended },
  ),
  failed: recorded("failed", {
    ...retrying,
    attempt: 3,
    started_at: "2026-11-20T01:00:30.000Z",
    reason: "exit_code",
    exit_code: 3,
    error: "pg_dump: error: connection to server failed\nis the server running?",
  }),
  "failed-signal": recorded("failed", { reason: "signal", signal: "SIGSEGV", exit_code: null }),
  "timed-out": recorded("timed_out", {
    reason: "timeout",
    duration_ms: 300_000,
    signal: "SIGTERM",
  }),
  deadline: recorded(
    "timed_out",
    { reason: "deadline", ...notStarted },
    { policies: { ...policies, deadline_ms: 3_600_000 } },
  ),
  abandoned: recorded("abandoned", { reason: "node_died", exit_code: null }),
  "cancelled-by": recorded("cancelled", {
    reason: "cancel_requested",
    cancelled_by: "bob@laptop",
    cancelled_at: "2026-11-20T01:00:02.000Z",
  }),
  "cancelled-disabled": recorded(
    "cancelled",
    { reason: "disabled", ...notStarted },
    { decision: byHand },
  ),
  "cancelled-replaced": recorded(
    "cancelled",
    { reason: "replaced" },
    {
      other_execution: { ...other, scheduled_for: "2026-11-21T01:00:00.000Z" },
    },
  ),
  "skipped-overlap": recorded(
    "skipped",
    { reason: "overlap", ...notStarted },
    { other_execution: other },
  ),
  "skipped-overlap-going-on": recorded(
    "skipped",
    { reason: "overlap", ...notStarted },
    {
      other_execution: { ...other, state: "running", finished_at: null },
    },
  ),
  "skipped-queue-full": recorded(
    "skipped",
    { reason: "queue_full", ...notStarted },
    {
      other_execution: other,
      policies: { ...policies, overlap: "queue_all", queue_limit: 3 },
    },
  ),
  "skipped-replaced": recorded(
    "skipped",
    { reason: "replaced", ...notStarted },
    { other_execution: other },
  ),
  "skipped-missed": recorded("skipped", { reason: "missed", ...notStarted }, { unattended }),
  "skipped-range": recorded(
    "skipped",
    {
      reason: "missed",
      ...notStarted,
      covers_until: "2026-11-20T04:55:00.000Z",
      covers_count: 48,
    },
    {
      unattended,
      schedule: { text: "*/5 * * * *", human: "Every 5 minutes", timezone: "Europe/Paris" },
      due_at: null,
    },
  ),
  running: recorded("running", {
    ...retrying,
    attempt: 3,
    started_at: "2026-11-21T08:59:56.800Z",
    finished_at: null,
    duration_ms: null,
    exit_code: null,
  }),
  "pending-slot": recorded("pending", { ...notStarted, finished_at: null }, { waiting }),
  "pending-mutex": recorded(
    "pending",
    { ...notStarted, finished_at: null },
    {
      waiting: {
        ...waiting,
        for: "key",
        mutex: "warehouse",
        ahead: 1,
        holders: [{ ...other, job_name: "import", state: "running", finished_at: null }],
      },
    },
  ),
  "pending-own": recorded(
    "pending",
    { ...notStarted, finished_at: null },
    {
      waiting: {
        ...waiting,
        for: "key",
        holders: [{ ...other, state: "running", finished_at: null }],
      },
    },
  ),
  "pending-retry": recorded(
    "pending",
    { ...retrying, ...notStarted, attempt: 2, finished_at: null },
    { waiting: { ...waiting, for: "retry", at: "2026-11-21T09:00:04.000Z" } },
  ),
  "pending-no-worker": recorded(
    "pending",
    { ...notStarted, finished_at: null },
    { waiting: { ...waiting, for: "worker", schedulers: 0 } },
  ),
  "pending-no-scheduler": recorded(
    "pending",
    { ...notStarted, finished_at: null },
    {
      waiting: { ...waiting, for: "scheduler", schedulers: 0, at: "2026-11-21T08:12:00.000Z" },
    },
  ),
  "pending-caught-up": recorded(
    "pending",
    { ...notStarted, finished_at: null, trigger: "catchup" },
    { unattended, waiting: { ...waiting, for: "claim", used: 0 } },
  ),
  future: data("future", coming),
  "future-spread": data("future", {
    ...coming,
    due_at: "2026-11-22T01:17:23.000Z",
    waiting: { ...waiting, for: "scheduler", schedulers: 0, slots: 0, used: 0 },
  }),
  unrecorded: data("unrecorded", { unattended: { ...unattended, until: null }, policies }),
  "unrecorded-slow": data("unrecorded", { policies }),
  superseded: data("superseded", { ended_by: { ...byRevision, kind: "changed" }, unattended }),
  pruned: data("pruned", {
    retention: { age_ms: 90 * 86_400_000, per_job: 10_000, oldest: "2026-11-20T09:00:00.000Z" },
  }),
  lost: data("lost"),
  "not-due": data("not_due", {
    scheduled_for: null,
    due_at: null,
    nearest: { before: "2026-11-19T01:00:00.000Z", after: DUE },
    asked: { from: "2026-11-19T15:00:00.000Z", until: "2026-11-19T15:01:00.000Z", day: null },
    beside: [{ ...other, scheduled_for: null, trigger: "manual", triggered_by: "bob@laptop" }],
  }),
  "not-due-last": data("not_due", {
    ...none,
    nearest: { before: null, after: null },
    asked: { from: tomorrow, until: "2026-11-22T01:01:00.000Z", day: null },
  }),
  "no-schedule": data("no_schedule", { ...none, decision: { ...byRevision, kind: "registered" } }),
  disabled: data("disabled", { ...none, decision: byHand }),
  "disabled-until": data("disabled", {
    ...none,
    decision: byRevision,
    ended_by: { ...byHand, kind: "enabled", reason: null, at: "2026-11-20T08:00:00.000Z" },
  }),
  paused: data("paused", {
    ...none,
    decision: {
      ...byHand,
      kind: "paused",
      done_by: null,
      reason: "paused after 3 failures in a row: exit code 1",
    },
  }),
  removed: data("removed", { ...none, decision: { ...byRevision, kind: "removed" } }),
  "not-registered": data("not_registered", {
    ...none,
    decision: { ...byRevision, kind: "registered", at: "2026-11-20T15:00:00.000Z" },
  }),
  "never-registered": data("not_registered", none),
  "clock-skips": data("future", { ...coming, clock_change: "skipped" }),
  "clock-repeats": data("future", { ...coming, clock_change: "first" }),
  "clock-skipped": recorded("success", {}, { clock_change: "skipped" }),
  "clock-first": recorded("success", {}, { clock_change: "first" }),
  "clock-second": recorded("success", {}, { clock_change: "second" }),
  "many-times": recorded(
    "success",
    {},
    {
      others: Array.from({ length: 7 }, (_, index) => `2026-11-20T0${index + 2}:00:00.000Z`),
    },
  ),
};
