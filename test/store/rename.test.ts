import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptOutcome } from "../../src/model/execution.ts";
import type { JobSpec } from "../../src/model/job.ts";
import type { Applied } from "../../src/store/apply.ts";
import { buryNode } from "../../src/store/bury.ts";
import { claimPending, markStarted } from "../../src/store/claims.ts";
import type { Claimed } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { findExecution } from "../../src/store/executions.ts";
import { readHistory } from "../../src/store/history.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import { findJob, findJobId, listJobs } from "../../src/store/jobs.ts";
import type { ScheduledJob } from "../../src/store/jobs.ts";
import { appendLogs, readLogs } from "../../src/store/logs.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import { requestCancel } from "../../src/store/trigger.ts";
import { listVersions } from "../../src/store/versions.ts";
import { untilBlocked, testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob, desiredState } from "../helpers/desired.ts";
import { testNode } from "../helpers/node.ts";
import { claimOne, runOnce, triggerByHand } from "../helpers/runs.ts";

const yearly = { type: "cron", expression: "0 0 1 1 *", timezone: "UTC" } as const;

/** Applies these jobs, of which some go on with what had another name: new name → former name. */
function applyRenamed(
  database: Database,
  specs: JobSpec[],
  former: Record<string, string>,
): Promise<Applied> {
  const desired = desiredState(...specs);
  for (const job of desired.jobs) job.renamedFrom = former[job.spec.name] ?? null;
  return applyJobs(database, specs, { desired });
}

async function jobNamed(database: Database, name: string): Promise<ScheduledJob> {
  const job = await findJob(database, name);
  assert.ok(job, `${name} is registered`);
  return job;
}

/** A run that says its job's name. */
async function speakOnce(database: Database, name: string): Promise<string> {
  const id = await runOnce(database, name);
  await say(database, name, id);
  return id;
}

async function say(database: Database, jobName: string, executionId: string): Promise<void> {
  const line = { level: "info", module: "stdout", metadata: null } as const;
  const at = new Date().toISOString();
  const message = `said as ${jobName}`;
  await appendLogs(database, [
    { ...line, at, message, jobName, executionId, traceId: executionId },
  ]);
}

async function linesOf(database: Database, jobName: string): Promise<string[]> {
  const all = { level: null, since: null, executionId: null, contains: null, afterId: null };
  const entries = await readLogs(database, { ...all, jobName, limit: 100 });
  return entries.map(({ message }) => message);
}

/** A run of a new job that is going on, as its node knows it. */
async function runningOf(database: Database, name: string): Promise<Claimed> {
  await testNode(database, "node");
  await applyJobs(database, [commandJob(name)]);
  await triggerByHand(database, name);
  const claimed = await claimOne(database, "node");
  await markStarted(database, [claimed]);
  return claimed;
}

async function runsOf(database: Database, name: string): Promise<string[]> {
  const jobId = await findJobId(database, name);
  const { entries } = await readHistory(database, { jobId, states: ["success"], limit: 10 });
  return entries.map((entry) => `${entry.jobName} ${entry.id}`);
}

test("a renamed job keeps its row, clock, versions, override and history", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "node");
  const run = { type: "plugin", plugin: "p", export: null } as const;
  const code = { codes: new Map([["p", { sha256: "one", code: "//", map: "{}" }]]) };
  await applyJobs(database, [commandJob("old", { run, schedule: yearly })], code);
  const executionId = await speakOnce(database, "old");
  await overrideJob(database, "old", { enabled: false, by: "ann", reason: null });
  const before = await jobNamed(database, "old");

  const renamed = [commandJob("new", { run, schedule: yearly, description: "and edited" })];
  const { plan } = await applyRenamed(database, renamed, { new: "old" });
  assert.equal(plan.changes[0]?.renamedFrom, "old");
  const after = await jobNamed(database, "new");
  const kept = ({ id, createdAt, nextRun, anchor, override, runCount, lastRun }: ScheduledJob) => ({
    id,
    createdAt,
    nextRun,
    anchor,
    override,
    runCount,
    lastRun,
  });
  assert.deepEqual(kept(after), kept(before));
  assert.equal(after.spec.description, "and edited");
  assert.equal((await listVersions(database, after.id)).length, 1);
  assert.deepEqual(await runsOf(database, "new"), [`new ${executionId}`]);
  assert.deepEqual(await linesOf(database, "new"), ["said as old"]);
  assert.equal(await findJobId(database, "old"), null);
});

test("a rename writes no row of the history, however long that is", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "node");
  await applyJobs(database, [commandJob("old"), commandJob("new")]);
  const ids = [await speakOnce(database, "old"), await speakOnce(database, "new")];
  await applyJobs(database, [commandJob("old")]);
  const rows = "select xmin::text, e.* from executions e order by id";
  const before = await database.query(rows);
  await applyRenamed(database, [commandJob("new")], { new: "old" });
  assert.deepEqual(await database.query(rows), before);
  const names = await Promise.all(
    ids.map(async (id) => (await findExecution(database, id))?.jobName),
  );
  assert.match(names.join(), /^new,new \(removed .{12}\)$/);
});

test("what waits, is cancelled or lost after a rename has the new name", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "node");
  await applyJobs(database, [commandJob("old")]);
  await triggerByHand(database, "old", "allow");
  const { id } = await triggerByHand(database, "old", "allow");
  const { id: third } = await triggerByHand(database, "old", "allow");
  await applyRenamed(database, [commandJob("new")], { new: "old" });
  const claimed = await claimOne(database, "node");
  assert.equal(claimed.jobName, "new");
  const request = { by: "ann", reason: "cancel_requested" } as const;
  assert.equal((await requestCancel(database, { id, ...request }))?.jobName, "new");
  assert.equal((await requestCancel(database, { id, ...request }))?.jobName, "new", "has ended");
  await requestCancel(database, { id: third, ...request });
  await markStarted(database, [claimed]);
  const buried = await buryNode(database, "node", { reason: "lease_lost", onlyExpired: false });
  assert.deepEqual(
    buried.map(({ id: lost, jobName }) => [lost, jobName]),
    [[claimed.id, "new"]],
  );
});

test("the clock goes on, unless the schedule changed too", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a", { schedule: yearly }), commandJob("b")]);
  const times = "select job_id, next_run, next_effective, anchor from job_clock order by job_id";
  const before = await database.query(times);
  await applyRenamed(database, [commandJob("a2", { schedule: yearly }), commandJob("b2")], {
    a2: "a",
    b2: "b",
  });
  assert.deepEqual(await database.query(times), before);
  await applyRenamed(database, [commandJob("a3"), commandJob("b2")], { a3: "a2" });
  const moved = await jobNamed(database, "a3");
  assert.ok(moved.nextRun && moved.nextRun.getTime() - moved.updatedAt.getTime() <= 60_000);
});

test("applied again, the former name changes nothing", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("old")]);
  await applyRenamed(database, [commandJob("new")], { new: "old" });
  const before = await database.query("select * from scheduled_jobs, job_clock");
  const { plan } = await applyRenamed(database, [commandJob("new")], { new: "old" });
  assert.deepEqual(plan.changes, []);
  assert.deepEqual(await database.query("select * from scheduled_jobs, job_clock"), before);
});

test("a removed job that has the new name gives it up, with its own history", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "node");
  await applyJobs(database, [commandJob("old"), commandJob("new")]);
  const ofNew = await speakOnce(database, "new");
  const ofOld = await speakOnce(database, "old");
  const removed = await jobNamed(database, "new");
  const { id } = await jobNamed(database, "old");
  await applyJobs(database, [commandJob("old")]);
  await applyRenamed(database, [commandJob("new")], { new: "old" });

  assert.equal((await jobNamed(database, "new")).id, id);
  assert.deepEqual(await runsOf(database, "new"), [`new ${ofOld}`]);
  assert.deepEqual(await linesOf(database, "new"), ["said as old"], "not the removed job's");
  const [row] = await database.query<{ name: string }>(
    "select job_name as name from scheduled_jobs where removed_at is not null",
  );
  assert.equal(row?.name, `new (removed ${removed.id.slice(-12)})`);
  assert.deepEqual(await runsOf(database, row.name), [`${row.name} ${ofNew}`]);

  await applyJobs(database, [commandJob("new"), commandJob("old")]);
  const jobs = await listJobs(database);
  assert.equal(jobs.length, 2, "the old name is free for another job");
  assert.deepEqual(await linesOf(database, "old"), [], "which has no past");
});

test("a job renamed to and fro is still the same", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const { id } = await jobNamed(database, "a");
  await applyRenamed(database, [commandJob("b")], { b: "a" });
  await applyRenamed(database, [commandJob("a")], { a: "b" });
  assert.equal((await jobNamed(database, "a")).id, id);
  const [row] = await database.query("select former_names as names from scheduled_jobs");
  assert.deepEqual(row, { names: ["b"] });
});

test("a run that is going on while its job is renamed ends in its history", async (t) => {
  const { database, connect } = await testDatabase(t);
  const claimed = await runningOf(database, "old");
  await applyRenamed(database, [commandJob("new")], { new: "old" });
  // What the node took before the rename goes on under the name it had then.
  await say(database, claimed.jobName, claimed.id);
  const again = await triggerByHand(database, "new");
  assert.equal(again.status, "skipped", "it is still the same job that runs");
  const outcome = attemptOutcome({ status: "failed", error: "boom" });
  const done = await finishExecutions(await connect(), [{ ...claimed, outcome }]);
  assert.deepEqual([...done.keys()], [claimed.id]);
  const job = await jobNamed(database, "new");
  assert.deepEqual([job.runCount, job.lastStatus, job.lastError], [1, "failed", "boom"]);
  assert.equal((await findExecution(database, claimed.id))?.jobName, "new");
  assert.deepEqual(await linesOf(database, "new"), ["said as old"]);
});

test("a rename and the end of a run that meet do not wait for each other", async (t) => {
  const { database, connect } = await testDatabase(t);
  const claimed = await runningOf(database, "old");
  const others = await Promise.all([connect(), connect()]);
  const outcome = attemptOutcome({ status: "success" });
  const finishing = await database.transaction(async (tx) => {
    await tx.query("select from executions where id = $1 for update", [claimed.id]);
    const promise = finishExecutions(others[1], [{ ...claimed, outcome }]);
    await untilBlocked(database, 1);
    await applyRenamed(others[0], [commandJob("new")], { new: "old" });
    return { promise };
  });
  assert.deepEqual([...(await finishing.promise).keys()], [claimed.id]);
  const job = await jobNamed(database, "new");
  assert.deepEqual([job.runCount, job.lastStatus], [1, "success"]);
  assert.deepEqual(await claimPending(database, { nodeId: "node", limit: 1, only: null }), []);
});
