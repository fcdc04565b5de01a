import type { OpenItem, WhyData, WhyState } from "../../src/views/why-data.ts";
import { byHand, execution, NOW, other, revision, waiting } from "./explain-facts.ts";

const NEXT = "2026-11-22T01:00:00.000Z";

function data(state: WhyState, given: Partial<WhyData> = {}): WhyData {
  return {
    job_name: "nightly",
    timezone: "Europe/Paris",
    now: NOW,
    state,
    schedule: { text: "0 2 * * *", human: "Daily at 2:00", timezone: "Europe/Paris" },
    next_run: NEXT,
    next_start: NEXT,
    open: [],
    open_total: 0,
    decision: { ...byHand, kind: "registered", done_by: "deploy@ci", reason: null, revision },
    crashed: null,
    failures_in_a_row: 0,
    pause_after_failures: null,
    mutex: null,
    last_run: execution,
    last_not_run: null,
    schedulers: { live: 1, slots: 4, used: 1, silent_since: null },
    file: { state: "same", mistake: null, reload_failed_at: null },
    revision,
    ...given,
  };
}

const none = { next_run: null, next_start: null };
const silent = { live: 0, slots: 0, used: 0, silent_since: "2026-11-21T08:12:00.000Z" };

const pending: OpenItem = {
  execution: {
    ...execution,
    state: "pending",
    scheduled_for: "2026-11-21T01:00:00.000Z",
    available_at: "2026-11-21T01:00:00.000Z",
    started_at: null,
    finished_at: null,
    attempt: 0,
    node: null,
  },
  waiting,
};

const running: OpenItem = {
  execution: {
    ...execution,
    state: "running",
    started_at: "2026-11-21T08:59:56.800Z",
    finished_at: null,
    max_attempts: 3,
    attempt: 2,
  },
  waiting: null,
};

const mistake: WhyData["file"]["mistake"] = {
  severity: "error",
  rule: "config/unknown-key",
  message: "Unknown key `schedul`",
  help: "did you mean `schedule`?",
  file: "config.yaml",
  line: 4,
  column: 5,
  end_line: 4,
  end_column: 12,
};

/** One answer of each kind, by the name of its golden file. */
export const WHYS: Record<string, WhyData> = {
  due: data("due"),
  "due-never-run": data("due", { last_run: null }),
  "due-spread": data("due", { next_start: "2026-11-22T01:17:23.000Z" }),
  "due-crowded": data("due", {
    schedulers: { live: 1, slots: 4, used: 4, silent_since: null },
    mutex: {
      name: "warehouse",
      holders: [{ ...other, job_name: "import", state: "running", finished_at: null }],
    },
  }),
  "due-failing": data("due", {
    last_run: {
      ...execution,
      state: "failed",
      reason: "exit_code",
      error: "no space left\non device",
    },
    failures_in_a_row: 2,
    pause_after_failures: 3,
  }),
  "due-skipped": data("due", {
    last_not_run: { ...execution, state: "skipped", reason: "overlap", attempt: 0 },
  }),
  "file-differs": data("due", {
    file: { state: "differs", mistake: null, reload_failed_at: null },
  }),
  "file-undeclared": data("due", {
    file: { state: "undeclared", mistake: null, reload_failed_at: null },
  }),
  "file-broken": data("due", { file: { state: "broken", mistake, reload_failed_at: null } }),
  "file-not-reloaded": data("due", {
    file: { state: "broken", mistake, reload_failed_at: "2026-11-21T08:30:00.000Z" },
  }),
  overdue: data("overdue", {
    next_run: "2026-11-21T08:55:00.000Z",
    next_start: "2026-11-21T08:55:00.000Z",
  }),
  "no-scheduler": data("no_scheduler", { schedulers: silent }),
  "no-scheduler-missed": data("no_scheduler", {
    schedulers: silent,
    next_run: "2026-11-21T08:55:00.000Z",
    next_start: "2026-11-21T08:55:00.000Z",
  }),
  "no-scheduler-ever": data("no_scheduler", { schedulers: { ...silent, silent_since: null } }),
  "no-worker": data("no_worker"),
  running: data("running", { open: [running], open_total: 1 }),
  "running-disabled": data("running", {
    ...none,
    open: [running],
    open_total: 1,
    decision: byHand,
  }),
  waiting: data("waiting", { open: [pending], open_total: 1 }),
  "waiting-many": data("waiting", {
    open: [pending, { ...pending, waiting: null }],
    open_total: 13,
  }),
  "waiting-no-scheduler": data("waiting", {
    open: [
      {
        ...pending,
        waiting: { ...waiting, for: "scheduler", at: silent.silent_since, schedulers: 0 },
      },
    ],
    open_total: 1,
    schedulers: silent,
  }),
  "waiting-no-worker": data("waiting", {
    open: [{ ...pending, waiting: { ...waiting, for: "worker", at: null, schedulers: 0 } }],
    open_total: 1,
  }),
  "waiting-backfill": data("waiting", {
    open: [{ ...pending, execution: { ...pending.execution, trigger: "backfill" } }],
    open_total: 1,
  }),
  disabled: data("disabled", { ...none, decision: byHand }),
  "disabled-in-file": data("disabled", {
    ...none,
    decision: { ...byHand, reason: null, revision },
  }),
  paused: data("paused", {
    ...none,
    decision: {
      ...byHand,
      kind: "paused",
      done_by: null,
      reason: "paused after 3 failures in a row: no space left",
    },
    failures_in_a_row: 3,
    pause_after_failures: 3,
    crashed: "paused after 3 failures in a row: no space left",
  }),
  crashed: data("crashed", { crashed: "reports/weekly.ts does not parse: line 3" }),
  "no-schedule": data("no_schedule", { ...none, schedule: null }),
  ended: data("ended", { ...none }),
  "not-applied": data("not_applied", {
    ...none,
    decision: null,
    last_run: null,
    revision: null,
    file: { state: "differs", mistake: null, reload_failed_at: null },
  }),
  removed: data("removed", {
    ...none,
    decision: { ...byHand, kind: "removed", reason: null, revision },
    file: { state: "undeclared", mistake: null, reload_failed_at: null },
  }),
  available: data("available", {
    ...none,
    schedule: null,
    decision: null,
    last_run: null,
    revision: null,
    file: { state: "undeclared", mistake: null, reload_failed_at: null },
  }),
};
