import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import type { Database } from "../../src/store/connection.ts";
import { readLogs } from "../../src/store/logs.ts";
import { requestCancel } from "../../src/store/trigger.ts";
import { attempts, endOf, executionOf } from "../helpers/attempts.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { startEngine } from "../helpers/engine.ts";
import { triggerByHand } from "../helpers/runs.ts";

const shell = (command: string, given: Partial<JobSpec> = {}) =>
  commandJob("a", { schedule: null, run: { type: "command", command }, ...given });

async function trigger(database: Database): Promise<string> {
  return (await triggerByHand(database, "a")).id;
}

async function linesOf(database: Database, executionId: string, module: string) {
  const filter = { level: null, since: null, jobName: null, contains: null, afterId: 0 };
  const lines = await readLogs(database, { ...filter, executionId, limit: 100 });
  return lines
    .filter((line) => line.module === module)
    .map(({ level, message }) => [level, message]);
}

test("a job that fails twice and then succeeds: three attempts of one execution", async (t) => {
  const { database } = await testDatabase(t);
  const retry = attempts(3, { initialMs: 100, maxMs: 200 });
  const command = 'echo "try $CRONVERGE_ATTEMPT"; [ "$CRONVERGE_ATTEMPT" = 3 ]';
  await applyJobs(database, [shell(command, { retry })]);
  const { engine, events } = await startEngine(t, database);
  const beganMs = performance.now();
  const id = await trigger(database);
  engine.wake();
  const first = await events.next("attempt_failed");
  assert.deepEqual(
    [first.executionId, first.attempt, first.maxAttempts, first.status, first.reason],
    [id, 1, 3, "failed", "exit_code"],
  );
  assert.ok(Date.parse(first.retryAt) >= Date.parse(first.at) - 1_000);
  assert.equal((await events.next("run_started")).attempt, 2);
  assert.equal((await events.next("attempt_failed")).attempt, 2);
  const finished = await events.next("run_finished");
  assert.deepEqual([finished.executionId, finished.status], [id, "success"]);
  assert.ok(performance.now() - beganMs < 4_000, "a short pause is not as long as a poll");
  assert.deepEqual(await linesOf(database, id, "stdout"), [
    ["INFO", "try 1"],
    ["INFO", "try 2"],
    ["INFO", "try 3"],
  ]);
  assert.deepEqual(await linesOf(database, id, "scheduler"), [
    ["WARN", "Attempt 1 of 3 failed (failed); the next in 100 ms: exit code 1\ntry 1"],
    ["WARN", "Attempt 2 of 3 failed (failed); the next in 200 ms: exit code 1\ntry 2"],
    ["INFO", "Job succeeded"],
  ]);
});

test("a pause of no time: the next attempt follows at once, and nothing is lost", async (t) => {
  const { database } = await testDatabase(t);
  const retry = attempts(20, { initialMs: 0, maxMs: 0 });
  await applyJobs(database, [shell("exit 1", { retry })]);
  const { engine, events } = await startEngine(t, database);
  const id = await trigger(database);
  engine.wake();
  const finished = await events.next("run_finished");
  assert.equal(finished.executionId, id);
  const { status, attempt, errors } = await executionOf(database, id);
  assert.deepEqual([status, attempt, errors.length], ["failed", 20, 19]);
  await engine.worker.idle();
  assert.equal(engine.worker.running, 0);
});

test("each attempt has its own timeout; the deadline bounds them all", async (t) => {
  const { database } = await testDatabase(t);
  const retry = attempts(9, { initialMs: 10, maxMs: 10 });
  const given = { retry, timeoutMs: 4_000, deadlineMs: 7_000, graceMs: 100 };
  await applyJobs(database, [shell("exec sleep 60", given)]);
  const { engine, events } = await startEngine(t, database);
  const id = await trigger(database);
  engine.wake();
  const first = await events.next("attempt_failed");
  assert.deepEqual([first.status, first.reason], ["timed_out", "timeout"]);
  const finished = await events.next("run_finished");
  assert.deepEqual([finished.status, finished.reason], ["timed_out", "deadline"]);
  const { attempt, errors, createdAt, finishedAt } = await executionOf(database, id);
  assert.deepEqual([attempt, errors.length], [2, 1]);
  const tookMs = (finishedAt?.getTime() ?? 0) - createdAt.getTime();
  assert.ok(tookMs >= 6_900 && tookMs < 20_000, `${tookMs} ms`);
});

test("a mistake that no repetition mends is not repeated", async (t) => {
  const { database } = await testDatabase(t);
  const run = { type: "plugin", plugin: "gone", export: null } as const;
  const retry = attempts(3, { initialMs: 10 });
  await applyJobs(database, [commandJob("a", { schedule: null, run, retry })]);
  const { engine, events } = await startEngine(t, database);
  const id = await trigger(database);
  engine.wake();
  assert.equal((await events.next("run_finished")).reason, "code_unavailable");
  assert.equal((await executionOf(database, id)).attempt, 1);
});

test("cancelled between two attempts: no other one starts", async (t) => {
  const { database } = await testDatabase(t);
  const retry = attempts(3, { initialMs: 500 });
  await applyJobs(database, [shell("exit 1", { retry })]);
  const { engine, events } = await startEngine(t, database);
  const id = await trigger(database);
  engine.wake();
  await events.next("attempt_failed");
  await requestCancel(database, { id, by: "ann", reason: "cancel_requested" });
  const other = await triggerByHand(database, "a");
  assert.equal(other.status, "pending", "its key is free");
  engine.wake();
  const failed = await events.next("attempt_failed");
  assert.equal(failed.executionId, other.id);
  assert.deepEqual(await endOf(database, id), ["cancelled", "cancel_requested"]);
  assert.equal((await executionOf(database, id)).attempt, 1);
});

test("a run that the stop of its node cut waits for another; without attempts it has ended", async (t) => {
  const { database } = await testDatabase(t);
  const run = { type: "command", command: "sleep 600" } as const;
  await applyJobs(database, [
    shell("", { run, retry: attempts(2), graceMs: 500 }),
    commandJob("b", { schedule: null, run, graceMs: 500 }),
  ]);
  const { engine, events, stop } = await startEngine(t, database);
  const id = await trigger(database);
  const last = (await triggerByHand(database, "b")).id;
  engine.wake();
  await events.next("run_started");
  await events.next("run_started");
  await stop(0);
  const { status, errors } = await executionOf(database, id);
  assert.deepEqual(
    [status, errors[0]?.status, errors[0]?.reason],
    ["pending", "cancelled", "shutdown"],
  );
  assert.deepEqual(await endOf(database, last), ["cancelled", "shutdown"]);
});

test("the failure that pauses its job is told beside its end", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [shell("exit 1", { pauseAfterFailures: 1 })]);
  const { engine, events } = await startEngine(t, database);
  const id = await trigger(database);
  engine.wake();
  await events.next("run_finished");
  const paused = await events.next("job_paused");
  assert.deepEqual(
    [paused.executionId, paused.message],
    [id, "paused after 1 failure: exit code 1"],
  );
});
