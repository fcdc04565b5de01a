import type { ExecutionStatus } from "../../src/model/execution.ts";
import type {
  DecisionItem,
  ExplainData,
  ExplainedExecution,
  ExplainOutcome,
  OtherExecution,
  RevisionRef,
  WaitingItem,
} from "../../src/views/explain-data.ts";

/** Everything is told at this instant, ten in the morning in Paris. */
export const NOW = "2026-11-21T09:00:00.000Z";
export const DUE = "2026-11-20T01:00:00.000Z";

export const revision: RevisionRef = {
  id: 7,
  git_commit: "5d20f7191ac0b1d5c3c1de7f5e2d3e1f0a9b8c7d",
  git_author: "Ann <ann@example.org>",
  git_subject: "Run it at two",
  git_dirty: false,
  applied_at: "2026-11-18T10:30:00.000Z",
  applied_by: "deploy@ci",
};

export const execution: ExplainedExecution = {
  execution_id: "01a1fd9a-e9cc-705e-b141-3bb0da5e2189",
  trigger: "schedule",
  state: "success",
  reason: null,
  scheduled_for: DUE,
  covers_until: null,
  covers_count: 1,
  created_at: "2026-11-20T01:00:00.004Z",
  available_at: DUE,
  deadline_at: null,
  started_at: "2026-11-20T01:00:00.012Z",
  finished_at: "2026-11-20T01:00:03.212Z",
  duration_ms: 3_200,
  elapsed_ms: 3_200,
  attempt: 1,
  max_attempts: 1,
  failed_attempts: [],
  exit_code: 0,
  signal: null,
  message: null,
  error: null,
  triggered_by: null,
  cancelled_by: null,
  cancelled_at: null,
  version: null,
  node: { id: "01a1fd00-0000-7000-8000-000000000001", host: "db1", pid: 4242 },
  revision,
};

export const other: OtherExecution = {
  execution_id: "01a1f874-3333-7000-8000-000000000000",
  job_name: "nightly",
  state: "success",
  scheduled_for: "2026-11-19T01:00:00.000Z",
  started_at: "2026-11-19T01:00:00.010Z",
  finished_at: "2026-11-20T01:12:00.000Z",
};

export const policies: NonNullable<ExplainData["policies"]> = {
  overlap: "skip",
  queue_limit: 100,
  concurrency: 1,
  mutex: null,
  catchup: { policy: "latest", window_ms: 86_400_000, max: 100 },
  timeout_ms: 300_000,
  deadline_ms: null,
  late_after_ms: null,
  spread_ms: 0,
};

export const notStarted: Partial<ExplainedExecution> = {
  started_at: null,
  duration_ms: null,
  attempt: 0,
  exit_code: null,
  node: null,
};

export const byHand: DecisionItem = {
  kind: "disabled",
  at: "2026-11-19T15:00:00.000Z",
  done_by: "bob@laptop",
  reason: "holidays",
  revision: null,
};

export const byRevision: DecisionItem = { ...byHand, done_by: "deploy@ci", reason: null, revision };

export const waiting: WaitingItem = {
  for: "slot",
  at: null,
  mutex: null,
  holders: [],
  ahead: 0,
  slots: 4,
  used: 4,
  schedulers: 1,
};

export const unattended = { from: "2026-11-20T00:12:00.000Z", until: "2026-11-20T05:11:00.000Z" };

export function data(outcome: ExplainOutcome, given: Partial<ExplainData> = {}): ExplainData {
  return {
    job_name: "nightly",
    timezone: "Europe/Paris",
    now: NOW,
    asked: { from: DUE, until: "2026-11-20T01:01:00.000Z", day: null },
    clock_change: null,
    outcome,
    scheduled_for: DUE,
    due_at: DUE,
    others: [],
    schedule: { text: "0 2 * * *", human: "Daily at 2:00", timezone: "Europe/Paris" },
    execution: null,
    waiting: null,
    delay: null,
    other_execution: null,
    unattended: null,
    decision: null,
    ended_by: null,
    nearest: null,
    policies: null,
    retention: null,
    beside: [],
    removed: null,
    ...given,
  };
}

export function recorded(
  state: ExecutionStatus,
  run: Partial<ExplainedExecution>,
  given: Partial<ExplainData> = {},
): ExplainData {
  const all = { ...execution, state, ...run };
  const { started_at, duration_ms, failed_attempts } = all;
  const endsMs = Date.parse(started_at ?? "") + (duration_ms ?? 0);
  const finished_at =
    started_at === null || duration_ms === null ? all.finished_at : new Date(endsMs).toISOString();
  const firstMs = Date.parse(failed_attempts[0]?.started_at ?? started_at ?? "");
  const elapsed_ms = duration_ms === null ? null : endsMs - firstMs;
  const whole = { ...all, finished_at, elapsed_ms };
  return data(state, { execution: whole, policies, ...given });
}
