import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../src/store/connection.ts";
import { readLogs } from "../../src/store/logs.ts";
import { endOf } from "../helpers/attempts.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob, rewindClock } from "../helpers/desired.ts";
import { makeEngine } from "../helpers/engine.ts";
import { startTestScheduler, testProject } from "../helpers/project.ts";
import { triggerByHand } from "../helpers/runs.ts";

async function linesOf(database: Database, executionId: string): Promise<(string | null)[][]> {
  const filter = { level: null, since: null, jobName: null, contains: null, afterId: 0 };
  const lines = await readLogs(database, { ...filter, executionId, limit: 100 });
  return lines.map(({ level, traceId, message }) => [level, traceId, message]);
}

test("a run that waits too long for its turn is late: an event and a line, once", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a", { schedule: null })]);
  const { id } = await triggerByHand(database, "a");
  await database.query(
    `update executions set due_at = clock_timestamp() - interval '5 minutes',
            late_at = clock_timestamp() + interval '300 ms'`,
  );
  const { events } = await makeEngine(t, database);
  const late = await events.next("late");
  assert.deepEqual([late.executionId, late.jobName, late.started], [id, "a", false]);
  assert.ok(late.lateMs >= 300_000 && late.lateMs < 310_000);
  let lines: (string | null)[][] = [];
  while (lines.length === 0) lines = await linesOf(database, id);
  const [[level, traceId, message] = []] = lines;
  assert.deepEqual([level, traceId, lines.length], ["WARN", id, 1]);
  assert.match(message ?? "", /^Late: due \S+Z, it has not started after 5m00s$/);
  assert.deepEqual(await endOf(database, id), ["pending", null]);
});

test("a run that waits past its deadline ends, and says so", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [
    commandJob("a", { schedule: null, deadlineMs: 500, pauseAfterFailures: 1 }),
  ]);
  const { id } = await triggerByHand(database, "a");
  const { events } = await makeEngine(t, database);
  const passed = await events.next("deadline_passed");
  assert.deepEqual([passed.executionId, passed.jobName], [id, "a"]);
  const paused = await events.next("job_paused");
  assert.equal(paused.message, "paused after 1 failure: timed_out: deadline");
  assert.deepEqual(await endOf(database, id), ["timed_out", "deadline"]);
});

test("what is caught up after an outage is late, as if somebody had waited", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(
    t,
    'jobs:\n  a: {schedule: "0 3 * * *", command: ["true"], late_after: 10m}\n',
  );
  const { events, stop } = await startTestScheduler(t, project, url);
  await events.next("applied");
  const due = new Date(Date.now() - 3 * 3_600_000);
  due.setUTCMinutes(0, 0, 0);
  await rewindClock(database, "a", due);
  const late = await events.next("late");
  assert.equal(late.jobName, "a");
  assert.equal(late.dueAt, due.toISOString());
  await stop();
});
