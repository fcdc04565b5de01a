import { test } from "node:test";
import { makePlan } from "../../src/plan/plan.ts";
import type { SchedulerEvent } from "../../src/views/event.ts";
import { renderEvent } from "../../src/views/event-lines.ts";
import { assertGolden, plain } from "../helpers/golden.ts";
import { desired, NOW_MS, observed, spec } from "../plan/jobs.ts";

const CODES = { nowMs: NOW_MS, codes: new Map<string, string>(), allowPrune: false };
const NOTHING = makePlan(desired(), observed(), CODES);
const RUN = { executionId: "01a1", jobName: "hello\u001B[2J" } as const;
const FINISHED = {
  ...RUN,
  type: "run_finished",
  at: "2026-11-21T03:30:00.064Z",
  status: "success",
  reason: null,
  durationMs: 64,
  message: "said hello",
  error: null,
  nextRun: "2026-11-22T03:30:00.000Z",
} as const;

const EVENTS: SchedulerEvent[] = [
  {
    type: "started",
    role: "all",
    nodeId: "01a1",
    configFile: "config.yaml",
    database: "embedded PostgreSQL",
    others: [],
  },
  {
    type: "started",
    role: "worker",
    nodeId: "01a2",
    configFile: null,
    database: "PostgreSQL",
    others: [
      { host: "b\u001B[2J", pid: 7, role: "all" },
      { host: "c", pid: 8, role: "clock" },
    ],
  },
  { type: "applied", plan: NOTHING, revision: 1, commit: null, dirty: false, sinceSaveMs: null },
  {
    type: "applied",
    plan: makePlan(desired(spec("new")), observed(), CODES),
    revision: 2,
    commit: "5d20f7191ac03e5d20f7191ac03e5d20f7191ac0",
    dirty: true,
    sinceSaveMs: 84,
  },
  { type: "following", revision: 2, reason: "this node's file is an older revision" },
  {
    type: "rejected",
    diagnostics: [
      {
        severity: "error",
        rule: "config/unknown-key",
        message: "unknown key `comand`",
        help: "did you mean `command`?",
        file: "config.yaml",
        line: 2,
        column: 7,
        endLine: 2,
        endColumn: 13,
      },
    ],
    sources: new Map([["config.yaml", "jobs:\n  a: {comand: [x]}\n"]]),
  },
  { type: "run_started", ...RUN, at: "2026-11-21T03:30:00.000Z", trigger: "schedule", attempt: 1 },
  { type: "run_started", ...RUN, at: "2026-11-21T03:30:00.000Z", trigger: "manual", attempt: 2 },
  FINISHED,
  { ...FINISHED, status: "failed", reason: "exit_code", message: null, error: "exit code 3" },
  { ...FINISHED, status: "timed_out", reason: "timeout", message: null, nextRun: null },
  {
    ...RUN,
    type: "attempt_failed",
    at: "2026-11-21T03:30:00.064Z",
    status: "failed",
    reason: "exit_code",
    durationMs: 64,
    error: "exit code 3\nno such host",
    attempt: 1,
    maxAttempts: 3,
    retryAt: "2026-11-21T03:30:10.100Z",
  },
  { ...RUN, type: "job_paused", message: "paused after 5 failures in a row: \u001B[2J" },
  {
    ...RUN,
    type: "late",
    dueAt: "2026-11-21T03:30:00.000Z",
    lateMs: 300_000,
    started: false,
  },
  { ...RUN, type: "late", dueAt: "2026-11-21T03:30:00.000Z", lateMs: 300_000, started: true },
  { ...RUN, type: "deadline_passed" },
  {
    ...RUN,
    type: "abandoned",
    reason: "node_died",
    retryAt: "2026-11-21T03:30:10.100Z",
  },
  { type: "occurrences_skipped", jobNames: ["a", "b"], count: 12 },
  { type: "abandoned", executionId: "01a1", jobName: "hello", reason: "node_died", retryAt: null },
  { type: "draining", running: 0, graceMs: 30_000 },
  { type: "draining", running: 2, graceMs: 30_000 },
  { type: "problem", message: "cannot renew the lease", help: "see the database" },
  { type: "stopped" },
];

test("what a person sees of a running scheduler", () => {
  const options = { color: plain, width: 100, version: "0.1.0", zoneOf: () => "Europe/Paris" };
  assertGolden("cli-up.txt", EVENTS.map((event) => renderEvent(event, options)).join(""));
});
