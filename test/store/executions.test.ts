import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptOutcome } from "../../src/model/execution.ts";
import { buryNode } from "../../src/store/bury.ts";
import { claimPending, markStarted } from "../../src/store/claims.ts";
import type { Claimed } from "../../src/store/claims.ts";
import { fire, readDue } from "../../src/store/clock.ts";
import type { DueJob } from "../../src/store/clock.ts";
import type { Database } from "../../src/store/connection.ts";
import { findExecution } from "../../src/store/executions.ts";
import { readHistory } from "../../src/store/history.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import { findJob } from "../../src/store/jobs.ts";
import { renewNode } from "../../src/store/nodes.ts";
import { releaseClaims } from "../../src/store/release.ts";
import { requestCancel } from "../../src/store/trigger.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob, rewindClock } from "../helpers/desired.ts";
import { moveTo, occurrence } from "../helpers/firing.ts";
import { testNode } from "../helpers/node.ts";
import { claimOne as claimWaiting, triggerByHand } from "../helpers/runs.ts";

const success = attemptOutcome({ status: "success", message: "done", itemsProcessed: 3 });

/** A database with job `a`, due at `due`, and what the clock reads of it. */
async function dueJob(database: Database, due: Date): Promise<DueJob> {
  await applyJobs(database, [commandJob("a")]);
  await rewindClock(database, "a", due);
  for (const id of ["one", "two"]) await testNode(database, id);
  const [job] = (await readDue(database, { limit: 10 })).due;
  assert.ok(job);
  return job;
}

const DUE = new Date("2026-01-01T00:00:00Z");
const NEXT = new Date("2026-01-01T00:01:00Z");
const LATER = new Date("2036-01-01T00:00:00Z");

const triggerA = (database: Database, overlap: "allow" | null = null) =>
  triggerByHand(database, "a", overlap);

async function claimOne(database: Database, nodeId: string): Promise<Claimed> {
  await testNode(database, nodeId);
  return claimWaiting(database, nodeId);
}

test("what is due is judged by the server's clock, with the time of the next look", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a"), commandJob("b")]);
  await rewindClock(database, "a", DUE);
  const reading = await readDue(database, { limit: 10 });
  assert.deepEqual(
    reading.due.map((job) => job.nextRun),
    [DUE],
  );
  assert.deepEqual(reading.earliest, (await findJob(database, "b"))?.nextRun);
  assert.ok(Math.abs(reading.now.getTime() - Date.now()) < 60_000);
});

test("two clocks that read the same due job record it once", async (t) => {
  const { database, connect } = await testDatabase(t);
  const other = await connect();
  const job = await dueJob(database, DUE);
  const moves = [moveTo(job, NEXT)];
  const fired = await Promise.all([
    fire(database, { moves, rows: [occurrence(job)], nodeId: "one" }),
    fire(other, { moves, rows: [occurrence(job)], nodeId: "two" }),
  ]);
  assert.equal(
    fired.reduce((sum, { moved }) => sum + moved.size, 0),
    1,
  );
  assert.equal(
    fired.reduce((sum, { claimed }) => sum + claimed.length, 0),
    1,
  );
  assert.equal(
    (await readHistory(database, { jobId: null, states: ["running"], limit: 9 })).total,
    1,
  );
});

test("an apply between reading and firing wins", async (t) => {
  const { database } = await testDatabase(t);
  const job = await dueJob(database, DUE);
  await applyJobs(database, [commandJob("a", { schedule: { type: "interval", everyMs: 60_000 } })]);
  const fired = await fire(database, {
    moves: [moveTo(job, NEXT)],
    rows: [occurrence(job)],
    nodeId: "one",
  });
  assert.equal(fired.moved.size, 0);
  assert.ok(((await findJob(database, "a"))?.nextRun ?? DUE) > NEXT);
});

test("a second due occurrence while the first runs is recorded as overlap", async (t) => {
  const { database } = await testDatabase(t);
  const job = await dueJob(database, DUE);
  const rows = [occurrence(job), occurrence(job, { scheduledFor: NEXT, nth: 1 })];
  const { claimed } = await fire(database, { moves: [moveTo(job, LATER)], rows, nodeId: "one" });
  assert.deepEqual(
    claimed.map((row) => row.id),
    [rows[0]?.id],
  );
  const second = await findExecution(database, rows[1]?.id ?? "");
  assert.deepEqual([second?.status, second?.reason], ["skipped", "overlap"]);
});

test("an occurrence that is already recorded is not recorded again", async (t) => {
  const { database } = await testDatabase(t);
  const job = await dueJob(database, DUE);
  await fire(database, {
    moves: [moveTo(job, DUE)],
    rows: [occurrence(job, { status: "skipped", reason: "missed" })],
    nodeId: "one",
  });
  await fire(database, { moves: [moveTo(job, NEXT)], rows: [occurrence(job)], nodeId: "one" });
  const { entries } = await readHistory(database, {
    jobId: job.jobId,
    states: ["running", "skipped"],
    limit: 9,
  });
  assert.deepEqual(
    entries.map((entry) => entry.status),
    ["skipped"],
  );
});

test("a pending execution is claimed once, by priority, with a rising fence", async (t) => {
  const { database, connect } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const { id } = await triggerA(database);
  for (const nodeId of ["one", "two"]) await testNode(database, nodeId);
  const other = await connect();
  const claims = await Promise.all([
    claimPending(database, { nodeId: "one", limit: 5, only: null }),
    claimPending(other, { nodeId: "two", limit: 5, only: null }),
  ]);
  assert.deepEqual(
    claims.flat().map((claimed) => claimed.id),
    [id],
  );
  const [first] = claims.flat();
  assert.ok(first);
  await releaseClaims(database, [first]);
  const again = await claimOne(database, "two");
  assert.ok(again.fence > first.fence);
});

test("a manual run of a busy job is skipped, unless overlap is allowed", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  assert.equal((await triggerA(database)).status, "pending");
  assert.equal((await triggerA(database)).status, "skipped");
  assert.equal((await triggerA(database, "allow")).status, "pending");
});

test("a start is committed once and counts one attempt", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  await triggerA(database);
  const claimed = await claimOne(database, "one");
  const first = (await markStarted(database, [claimed])).get(claimed.id);
  const repeat = (await markStarted(database, [claimed])).get(claimed.id);
  assert.deepEqual(repeat, first);
  assert.equal(first?.attempt, 1);
  const stale = await markStarted(database, [{ id: claimed.id, fence: claimed.fence - 1 }]);
  assert.equal(stale.size, 0);
});

test("the end is written once, by the owner, and counts in the job", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  await triggerA(database);
  const claimed = await claimOne(database, "one");
  await markStarted(database, [claimed]);
  const { id, fence } = claimed;
  const stale = await finishExecutions(database, [{ id, fence: fence - 1, outcome: success }]);
  assert.equal(stale.size, 0, "a node that lost the row writes nothing");
  assert.equal((await finishExecutions(database, [{ id, fence, outcome: success }])).size, 1);
  assert.equal((await finishExecutions(database, [{ id, fence, outcome: success }])).size, 1);
  const failure = attemptOutcome({ status: "failed", reason: "threw" });
  const changed = await finishExecutions(database, [{ id, fence, outcome: failure }]);
  assert.equal(changed.size, 0, "what is final stays");
  const ended = await findExecution(database, id);
  assert.deepEqual([ended?.status, ended?.message, ended?.itemsProcessed], ["success", "done", 3]);
  const job = await findJob(database, "a");
  assert.deepEqual([job?.runCount, job?.lastStatus, job?.lastError], [1, "success", null]);
  assert.deepEqual(job?.lastRun, ended?.startedAt);
  assert.equal((await triggerA(database)).status, "pending", "the key is free again");
});

test("a cancel before the start ends the row; after it, the owner is told", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const cancel = { by: "ann", reason: "cancel_requested" } as const;
  const waiting = await triggerA(database);
  assert.equal((await requestCancel(database, { id: waiting.id, ...cancel }))?.status, "cancelled");

  await testNode(database, "one");
  const { id } = await triggerA(database);
  const claimed = await claimOne(database, "one");
  await markStarted(database, [claimed]);
  assert.equal((await requestCancel(database, { id, ...cancel }))?.status, "running");
  const renewal = await renewNode(database, { nodeId: "one", leaseMs: 15_000, deadlineMs: 5_000 });
  assert.deepEqual(renewal?.owned, [
    { id, fence: claimed.fence, started: true, cancelReason: "cancel_requested" },
  ]);
  assert.equal(await requestCancel(database, { id: "none", ...cancel }), null);
});

test("the clock of a node that was declared dead leaves its runs to others", async (t) => {
  const { database } = await testDatabase(t);
  const job = await dueJob(database, DUE);
  await buryNode(database, "one", { reason: "node_died", onlyExpired: false });
  const rows = [occurrence(job)];
  const fired = await fire(database, { moves: [moveTo(job, NEXT)], rows, nodeId: "one" });
  assert.deepEqual([fired.moved.size, fired.claimed], [1, []]);
  assert.equal((await claimOne(database, "two")).id, rows[0]?.id);
});
