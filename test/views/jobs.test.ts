import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobData } from "../../src/views/job.ts";
import { renderJob } from "../../src/views/job.ts";
import { mainPolicies, otherPolicies } from "../../src/views/policies.ts";
import { policyItem } from "../../src/cli/policy-item.ts";
import { commandJob } from "../helpers/desired.ts";
import type { JobItem } from "../../src/views/jobs.ts";
import { renderJobs } from "../../src/views/jobs.ts";
import { assertGolden, plain, tagged } from "../helpers/golden.ts";

const NOW_MS = Date.parse("2026-11-21T04:00:00.000Z");

function item(name: string, given: Partial<JobItem> = {}): JobItem {
  return {
    name,
    description: "",
    schedule: "0 2 * * *",
    schedule_human: "Daily at 2:00",
    timezone: "UTC",
    enabled: true,
    scheduled: true,
    registration: "registered",
    origin: "config",
    tags: [],
    overridden: false,
    crashed: null,
    paused_at: null,
    last_run: "2026-11-21T02:00:00.000Z",
    last_status: "success",
    last_error: null,
    next_run: "2026-11-22T02:00:00.000Z",
    run_count: 12,
    ...given,
  };
}

const NEVER = { last_run: null, last_status: null, run_count: 0 } as const;

test("the list of jobs", () => {
  const jobs = [
    item("nightly"),
    item("paris", { timezone: "Europe/Paris", last_status: "failed" }),
    item("manual", { schedule: "", schedule_human: "By hand only", next_run: null, ...NEVER }),
    item("off-by-hand", { enabled: false, overridden: true, next_run: null }),
    item("off", { enabled: false, next_run: null, last_status: "running" }),
    item("broken", { crashed: "no such export" }),
    item("fresh", { registration: "not_applied", ...NEVER }),
    item("spare", {
      registration: "available",
      schedule: "",
      schedule_human: "By hand only",
      next_run: null,
      ...NEVER,
    }),
    item("日本", { schedule_human: "turned \u202E around" }),
  ];
  const data = { jobs, total: jobs.length };
  const kept = { jobs: [item("nightly", { tags: ["backup", "db"] }), item("other")], total: 2 };
  const texts = [data, kept].map((list) => renderJobs(list, { color: plain, nowMs: NOW_MS }));
  assertGolden("cli-jobs-list.txt", texts.join("\n"));
  assertGolden("cli-jobs-list-styled.txt", renderJobs(data, { color: tagged, nowMs: NOW_MS }));
});

test("no jobs is a sentence, not an empty table", () => {
  const text = renderJobs({ jobs: [], total: 0 }, { color: plain, nowMs: NOW_MS });
  assert.match(text, /^No jobs\./);
});

const PLAIN = commandJob("weekly");
const DEMANDING = commandJob("weekly", {
  schedule: {
    type: "cron",
    expression: "0 2 * * *",
    timezone: "Europe/London",
    dst: { gap: "skip", fold: "twice" },
  },
  overlap: "queue_all",
  queueLimit: 7,
  concurrency: 3,
  priority: 5,
  catchup: { policy: "all", windowMs: 7_200_000, max: 9 },
  spreadMs: 1_800_000,
  retry: { attempts: 4, initialMs: 10_000, factor: 2, maxMs: 60_000, jitter: 0.1 },
  deadlineMs: 3_600_000,
  pauseAfterFailures: 5,
  onFailure: { type: "command", command: ["./alert.sh", "weekly"] },
  lateAfterMs: 600_000,
});

function card(given: Partial<JobData> = {}): JobData {
  return {
    ...item("weekly"),
    description: "Weekly numbers",
    timezone: "Europe/London",
    last_state: "timed_out",
    last_message: null,
    last_execution: null,
    last_error: "it ran longer than its timeout\u001B[2J",
    next_runs: ["2026-11-22T02:00:00.000Z", "2026-11-23T02:00:00.000Z"],
    runs: "plugin reports/weekly#build",
    may: ["net", "env: REPORT_TOKEN"],
    unrestricted: false,
    parameters: { limit: 10 },
    timeout_ms: 300_000,
    grace_ms: 10_000,
    memory_bytes: 256_000_000,
    output_bytes: 1_048_576,
    policies: policyItem(PLAIN),
    tags: ["team-a"],
    override: null,
    revision: 7,
    version: "1.0.3",
    code_sha256: "2a00acf26745aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ...given,
  };
}

test("one job", () => {
  const override = { enabled: false, by: "ann@host", reason: null, at: "2026-11-20T10:00:00.000Z" };
  const cards = [
    card(),
    card({
      override: { ...override, reason: "vendor is down" },
      enabled: false,
      next_runs: [],
      last_state: "success",
      last_error: null,
      last_message: "12 rows",
      may: ["unrestricted (command)"],
      timeout_ms: null,
      version: null,
      parameters: {},
      tags: [],
    }),
    card({ registration: "available", schedule: "", ...NEVER, last_state: null, may: [] }),
  ];
  const specs = [PLAIN, DEMANDING, PLAIN];
  const texts = cards.map((data, index) => {
    const spec = specs[index] ?? PLAIN;
    return renderJob(data, {
      color: plain,
      policies: [...mainPolicies(spec), ...otherPolicies(spec)],
    });
  });
  assertGolden("cli-jobs-show.txt", texts.join("\n"));
});
