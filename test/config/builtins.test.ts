import { test } from "node:test";
import assert from "node:assert/strict";
import { desire } from "./checking.ts";

test("a built-in that is only named takes its own schedule and parameters", () => {
  const [job] = desire("jobs:\n  cleanup_sessions: {}\n").jobs;
  assert.deepEqual(job?.spec.schedule, { type: "cron", expression: "0 2 * * *", timezone: "UTC" });
  assert.deepEqual(job.spec.parameters, { retention_hours: 24 });
  assert.ok(
    ["schedule", "timezone", "parameters", "run"].every((field) =>
      job.defaulted.includes(field as "run"),
    ),
  );
});

test("log lines are kept by their level, and as long as a log-cleanup job says", () => {
  const day = 86_400_000;
  const retention = (text: string): unknown => {
    const { logAgeMs, logsKeptBy = null } = desire(text).settings.retention;
    return [logAgeMs, logsKeptBy];
  };
  const jobs = "jobs: {a: {command: [x]}}\n";
  const [debugMs, infoMs, warnMs, errorMs] = [day, 30 * day, 30 * day, 90 * day];
  assert.deepEqual(retention(`retention: {logs: {debug: 1d, error: 90d}}\n${jobs}`), [
    { debugMs, infoMs, warnMs, errorMs },
    null,
  ]);
  assert.deepEqual(retention("jobs:\n  log-cleanup: {retention_days: 90}\n"), [
    90 * day,
    "log-cleanup",
  ]);
  assert.deepEqual(
    retention(
      "retention: {logs: {debug: 1d, error: 90d}}\njobs:\n  log_cleanup: {parameters: {retention_days: 40}}\n",
    ),
    [{ debugMs: 40 * day, infoMs: 40 * day, warnMs: 40 * day, errorMs }, "log_cleanup"],
  );
  assert.deepEqual(retention("jobs: {log-cleanup: {retention_days: 7}}\n"), [30 * day, null]);
  assert.deepEqual(retention("retention: {logs: 7d}\njobs: {log-cleanup: {}}\n"), [7 * day, null]);
});
