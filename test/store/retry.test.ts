import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptOutcome } from "../../src/model/execution.ts";
import { claimPending } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import { requestCancel } from "../../src/store/trigger.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase, untilBlocked } from "../helpers/database.ts";
import {
  applyJob,
  attempts,
  end,
  endOf,
  executionOf,
  FAILURE,
  jobA,
  startByHand,
  startDue,
  startOne,
  SUCCESS,
} from "../helpers/attempts.ts";
import { applyJobs } from "../helpers/desired.ts";
import { testNode } from "../helpers/node.ts";
import { triggerByHand } from "../helpers/runs.ts";

const DUE = new Date("2026-01-01T00:00:00Z");

async function withAttempts(t: Cleanup, count: number): Promise<Database> {
  const { database } = await testDatabase(t);
  await applyJob(database, { retry: attempts(count) });
  return database;
}

async function rowOf(database: Database, id: string): Promise<Record<string, unknown>> {
  const [row] = await database.query("select * from executions where id = $1", [id]);
  assert.ok(row);
  return row;
}

const claimable = (database: Database) =>
  claimPending(database, { nodeId: "node", limit: 9, only: null });

test("a failed attempt with one left waits again, holding its key, and counts nothing", async (t) => {
  const database = await withAttempts(t, 3);
  const claimed = await startByHand(database);
  const before = await jobA(database);
  const ending = await end(database, claimed, FAILURE, 60_000);
  const row = await rowOf(database, claimed.id);
  assert.deepEqual(
    [row["status"], row["node_id"], row["fence"], row["started_at"], row["finished_at"]],
    ["pending", null, null, null, null],
  );
  assert.equal(row["holds_key"], true);
  assert.deepEqual(ending, {
    retryAt: row["available_at"],
    paused: null,
    told: false,
    nextRun: null,
  });
  const [first] = (await executionOf(database, claimed.id)).errors;
  assert.ok(first);
  const { attempt, status, reason, error, exit_code, node_id } = first;
  assert.deepEqual(
    [attempt, status, reason, error, exit_code, node_id],
    [1, "failed", "exit_code", FAILURE.error, 1, "node"],
  );
  assert.ok(Date.parse(first.started_at) <= Date.parse(first.finished_at));
  assert.deepEqual(await claimable(database), [], "its pause is not over");
  assert.equal((await triggerByHand(database, "a")).status, "skipped", "it holds its key");
  const job = await jobA(database);
  assert.deepEqual([job.runCount, job.lastStatus], [before.runCount, before.lastStatus]);
  assert.equal(job.open, 1);
});

test("the pause begins at the server's clock", async (t) => {
  const database = await withAttempts(t, 2);
  const claimed = await startByHand(database);
  const [before] = await database.query<{ now: Date }>("select clock_timestamp() as now");
  const ending = await end(database, claimed, FAILURE, 60_000);
  const [after] = await database.query<{ now: Date }>("select clock_timestamp() as now");
  const at = ending?.retryAt?.getTime() ?? 0;
  assert.ok(before && at >= before.now.getTime() + 59_999);
  assert.ok(after && at <= after.now.getTime() + 60_001);
});

test("fail, fail, succeed: one execution, one run, its attempts kept", async (t) => {
  const database = await withAttempts(t, 3);
  let claimed = await startByHand(database);
  const { id } = claimed;
  for (const expected of [1, 2]) {
    assert.equal((await executionOf(database, id)).attempt, expected);
    assert.ok((await end(database, claimed))?.retryAt);
    const next = await startOne(database);
    assert.equal(next.id, id);
    assert.ok(next.fence > claimed.fence);
    claimed = next;
  }
  assert.equal((await end(database, claimed, SUCCESS))?.retryAt, null);
  const done = await executionOf(database, id);
  assert.deepEqual([done.status, done.attempt, done.error], ["success", 3, null]);
  assert.deepEqual(
    done.errors.map(({ attempt, status }) => [attempt, status]),
    [
      [1, "failed"],
      [2, "failed"],
    ],
  );
  const job = await jobA(database);
  assert.deepEqual([job.runCount, job.lastStatus, job.lastError], [1, "success", null]);
  assert.deepEqual(job.lastRun, done.startedAt, "its last attempt started then");
});

test("the last attempt ends it, and so does one after which none is wanted", async (t) => {
  const database = await withAttempts(t, 2);
  await end(database, await startByHand(database));
  const last = await startOne(database);
  assert.equal((await end(database, last))?.retryAt, null);
  assert.deepEqual(await endOf(database, last.id), ["failed", "exit_code"]);
  const only = await startByHand(database);
  const { id, fence } = only;
  await finishExecutions(database, [{ id, fence, outcome: FAILURE }]);
  assert.deepEqual(await endOf(database, id), ["failed", "exit_code"]);
  assert.equal((await jobA(database)).runCount, 2);
});

test("an end whose answer was lost is found recorded, and happens once", async (t) => {
  const { database } = await testDatabase(t);
  const onFailure = { type: "command", command: ["true"] } as const;
  await applyJob(database, {
    retry: attempts(2),
    pauseAfterFailures: 2,
    onFailure: { ...onFailure, command: [...onFailure.command] },
  });
  const first = await startByHand(database);
  const ending = await end(database, first);
  assert.deepEqual(await end(database, first), ending, "while it waits");
  const second = await startOne(database);
  assert.deepEqual(await end(database, first), ending, "while its next attempt runs");
  assert.equal((await executionOf(database, first.id)).status, "running");
  await end(database, second);
  await end(database, second);
  assert.deepEqual(await end(database, first), ending, "when it has ended");
  const done = await executionOf(database, first.id);
  assert.deepEqual([done.status, done.attempt, done.errors.length], ["failed", 2, 1]);
  const job = await jobA(database);
  assert.deepEqual([job.runCount, job.pausedAt], [1, null]);
  const [counts] = await database.query(
    `select consecutive_failures as failures, (select count(*) from outbox) as told
       from scheduled_jobs`,
  );
  assert.deepEqual(counts, { failures: 1, told: 1 });
});

test("a success is the end, whatever pause comes with it", async (t) => {
  const database = await withAttempts(t, 3);
  const claimed = await startByHand(database);
  const { id, fence } = claimed;
  await finishExecutions(database, [{ id, fence, outcome: SUCCESS, retryAfterMs: 1_000 }]);
  assert.deepEqual(await endOf(database, id), ["success", null]);
});

test("a node that lost the row retries nothing", async (t) => {
  const database = await withAttempts(t, 5);
  const claimed = await startByHand(database);
  assert.equal(await end(database, { ...claimed, fence: claimed.fence - 1 }), null);
  assert.equal((await executionOf(database, claimed.id)).status, "running");
});

test("a cancel that came while it ran leaves it no further attempt", async (t) => {
  const database = await withAttempts(t, 3);
  const claimed = await startByHand(database);
  await requestCancel(database, { id: claimed.id, by: "ann", reason: "cancel_requested" });
  assert.equal((await end(database, claimed))?.retryAt, null);
  assert.deepEqual(await endOf(database, claimed.id), ["failed", "exit_code"]);
});

test("cancelled while it waits for its next attempt: it ends so, and gives its key back", async (t) => {
  const database = await withAttempts(t, 3);
  const claimed = await startByHand(database);
  await end(database, claimed);
  await requestCancel(database, { id: claimed.id, by: "ann", reason: "cancel_requested" });
  assert.deepEqual(await endOf(database, claimed.id), ["cancelled", "cancel_requested"]);
  assert.deepEqual(await claimable(database), []);
  assert.equal((await triggerByHand(database, "a")).status, "pending");
});

test("disabled or removed while it waits: it ends with the reason", async (t) => {
  const { database } = await testDatabase(t);
  await applyJob(database, { retry: attempts(3) });
  const disabled = await startDue(database, DUE);
  await end(database, disabled);
  await overrideJob(database, "a", { enabled: false, by: "ann", reason: null });
  assert.deepEqual(await endOf(database, disabled.id), ["cancelled", "disabled"]);
  await overrideJob(database, "a", { enabled: true, by: "ann", reason: null });
  const removed = await startDue(database, new Date(DUE.getTime() + 60_000));
  await end(database, removed);
  await applyJobs(database, [], { allowPrune: true });
  assert.deepEqual(await endOf(database, removed.id), ["cancelled", "removed"]);
  assert.deepEqual(await claimable(database), []);
});

test("a job that was disabled or removed while it ran tries nothing again", async (t) => {
  const { database } = await testDatabase(t);
  await applyJob(database, { retry: attempts(3) });
  const disabled = await startDue(database, DUE);
  await overrideJob(database, "a", { enabled: false, by: "ann", reason: null });
  assert.equal((await end(database, disabled))?.retryAt, null);
  const byHand = await startByHand(database);
  assert.ok((await end(database, byHand))?.retryAt, "a disabled job may be run by hand");
  await startOne(database);
  await applyJobs(database, [], { allowPrune: true });
  const { id } = byHand;
  const [row] = await database.query<{ fence: number }>(
    "select fence from executions where id = $1",
    [id],
  );
  assert.equal((await end(database, { id, fence: row?.fence ?? 0 }))?.retryAt, null);
});

test("a disable and the end of an attempt that meet leave nothing waiting", async (t) => {
  const { database, connect } = await testDatabase(t);
  await applyJob(database, { retry: attempts(3) });
  const claimed = await startDue(database, DUE);
  const other = await connect();
  const finishing = await database.transaction(async (tx) => {
    await tx.query("select from scheduled_jobs for update");
    const ending = end(other, claimed);
    await untilBlocked(database, 1);
    await tx.query("update scheduled_jobs set enabled = false");
    return { ending };
  });
  assert.equal((await finishing.ending)?.retryAt, null);
  assert.deepEqual(await endOf(database, claimed.id), ["failed", "exit_code"]);
});

test("a run that the stop of its scheduler cut goes on elsewhere; without attempts it ends", async (t) => {
  const database = await withAttempts(t, 2);
  const shutdown = attemptOutcome({ status: "cancelled", reason: "shutdown" });
  assert.ok((await end(database, await startByHand(database), shutdown))?.retryAt);
  await testNode(database, "elsewhere");
  const last = await startOne(database, "elsewhere");
  assert.equal((await end(database, last, shutdown))?.retryAt, null);
  assert.deepEqual(await endOf(database, last.id), ["cancelled", "shutdown"]);
});

test("one of two places stays taken while its run waits to be tried again", async (t) => {
  const { database } = await testDatabase(t);
  await applyJob(database, { retry: attempts(2), concurrency: 2, overlap: "queue_all" });
  const retrying = await startByHand(database);
  const running = await startByHand(database);
  const waiting = await triggerByHand(database, "a");
  const { exclusive_key: key } = await rowOf(database, retrying.id);
  await end(database, retrying, FAILURE, 60_000);
  assert.equal((await rowOf(database, retrying.id))["exclusive_key"], key);
  assert.deepEqual(await claimable(database), [], "neither place is free");
  await end(database, running, SUCCESS);
  assert.deepEqual(
    (await claimable(database)).map(({ id }) => id),
    [waiting.id],
  );
});

test("many ends together: each has its own fate, each job its count", async (t) => {
  const { database } = await testDatabase(t);
  await applyJob(database, { retry: attempts(2), overlap: "allow" });
  const claims = [];
  for (let nth = 0; nth < 4; nth += 1) claims.push(await startByHand(database));
  const outcomes = [SUCCESS, FAILURE, SUCCESS, FAILURE];
  const endings = await finishExecutions(
    database,
    claims.map(({ id, fence }, nth) => ({
      id,
      fence,
      outcome: outcomes[nth] ?? SUCCESS,
      ...(nth === 1 ? { retryAfterMs: 0 } : {}),
    })),
  );
  const retried = [...endings.values()].map(({ retryAt }) => retryAt !== null);
  assert.equal(retried.filter(Boolean).length, 1);
  const states = await Promise.all(claims.map(({ id }) => executionOf(database, id)));
  assert.deepEqual(
    states.map(({ status }) => status),
    ["success", "pending", "success", "failed"],
  );
  assert.equal((await jobA(database)).runCount, 3);
});
