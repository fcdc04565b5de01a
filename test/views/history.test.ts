import { test } from "node:test";
import type { AttemptItem, HistoryEntry } from "../../src/views/history.ts";
import { renderHistory } from "../../src/views/history.ts";
import { renderRuns } from "../../src/views/runs.ts";
import type { RunItem } from "../../src/views/runs.ts";
import { assertGolden, plain } from "../helpers/golden.ts";

function entry(job: string, given: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    job_name: job,
    status: "success",
    state: "success",
    reason: null,
    run_at: "2026-03-29T00:30:00.400Z",
    error: null,
    message: null,
    execution_id: "01a1fc69-4935-704c-af79-c3e22af44df4",
    trigger: "schedule",
    scheduled_for: "2026-03-29T00:30:00.000Z",
    covers_until: null,
    covers_count: 1,
    created_at: "2026-03-29T00:30:00.000Z",
    finished_at: "2026-03-29T00:30:01.000Z",
    duration_ms: 64,
    elapsed_ms: given.duration_ms === undefined ? 64 : given.duration_ms,
    attempt: 1,
    max_attempts: 1,
    attempts: [],
    retry_at: null,
    exit_code: null,
    signal: null,
    items_processed: null,
    items_failed: null,
    revision: 1,
    git_commit: null,
    version: null,
    triggered_by: null,
    ...given,
  };
}

const FAILED: AttemptItem = {
  attempt: 1,
  started_at: "2026-03-29T00:30:00.400Z",
  finished_at: "2026-03-29T00:30:00.464Z",
  state: "failed",
  reason: "exit_code",
  error: "exit code 1\nno such host",
  exit_code: 1,
  signal: null,
  node_id: "01a1fc6a-3e31-7412-8d38-393f87451350",
};

test("the history, with times in each job's zone", () => {
  const entries = [
    entry("nightly", { message: "done\nand more" }),
    entry("paris", { duration_ms: 192_000 }),
    entry("paris", { run_at: "2026-03-29T01:30:00.000Z", state: "timed_out", error: "too long" }),
    entry("missed", { state: "skipped", run_at: null, covers_count: 12, duration_ms: null }),
    entry("again", {
      state: "pending",
      max_attempts: 3,
      attempts: [FAILED],
      retry_at: "2026-03-29T00:30:10.464Z",
      duration_ms: null,
    }),
    entry("third", {
      attempt: 3,
      max_attempts: 3,
      attempts: [FAILED, FAILED],
      elapsed_ms: 134_000,
    }),
    entry("stopped", {
      state: "cancelled",
      max_attempts: 3,
      attempts: [FAILED],
      duration_ms: null,
      elapsed_ms: 5_200,
    }),
    entry("hand", { state: "running", trigger: "manual", scheduled_for: null, duration_ms: null }),
  ];
  const zoneOf = (name: string): string => (name === "paris" ? "Europe/Paris" : "UTC");
  const options = { color: plain, zoneOf };
  const text = renderHistory({ entries, total: 40, skipped_hidden: 3 }, options);
  const none = renderHistory({ entries: [], total: 0, skipped_hidden: 0 }, options);
  const skipped = renderHistory({ entries: [], total: 0, skipped_hidden: 1 }, options);
  const one = renderHistory({ entries: [entry("a")], total: 1, skipped_hidden: 2 }, options);
  assertGolden("cli-jobs-history.txt", [text, none, skipped, one].join("\n"));
});

function run(job: string, given: Partial<RunItem> = {}): RunItem {
  return {
    job_name: job,
    status: "success",
    state: "success",
    reason: null,
    execution_id: "01a1fc69-4935-704c-af79-c3e22af44df4",
    duration_ms: 64,
    elapsed_ms: given.duration_ms ?? 64,
    error: null,
    value: null,
    result: { success: true, message: "Ingested 31 files", items_processed: 31, items_failed: 0 },
    ...given,
  };
}

test("the results of a manual run", () => {
  const failed = { success: false, message: null, items_processed: null, items_failed: null };
  const jobs = [
    run("ingest"),
    run("again", { elapsed_ms: 134_000 }),
    run("partly", { result: { ...failed, success: true, items_processed: 3, items_failed: 2 } }),
    run("broken", { status: "failed", state: "failed", error: "exit 3", result: failed }),
    run("slow", { state: "timed_out", status: "failed", duration_ms: 7_500_000, result: failed }),
  ];
  const data = { jobs_run: jobs, total: 5, succeeded: 3, failed: 2 };
  const busy = run("busy", { state: "skipped", status: "failed", error: "busy", result: failed });
  const refused = { jobs_run: [busy], total: 1, succeeded: 0, failed: 1 };
  const texts = [data, refused].map((runs) => renderRuns(runs, { color: plain }));
  assertGolden("cli-jobs-run.txt", texts.join("\n"));
});
