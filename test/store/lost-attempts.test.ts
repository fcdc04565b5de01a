import assert from "node:assert/strict";
import { test } from "node:test";
import { buryNode } from "../../src/store/bury.ts";
import { claimPending } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { endPastDeadline } from "../../src/store/deadline.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase } from "../helpers/database.ts";
import {
  applyJob,
  attempts,
  end,
  endOf,
  executionOf,
  FAILURE,
  jobA,
  startByHand,
  startOne,
} from "../helpers/attempts.ts";
import { testNode } from "../helpers/node.ts";
import { triggerByHand } from "../helpers/runs.ts";

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

test("the attempts of a dead node are tried again where one is left", async (t) => {
  const database = await withAttempts(t, 2);
  await testNode(database, "dying");
  await testNode(database, "late");
  await triggerByHand(database, "a");
  const { id } = await startOne(database, "dying");
  const reason = "node_died" as const;
  const [lost] = await buryNode(database, "dying", { reason, onlyExpired: false });
  assert.deepEqual([lost?.id, lost?.attempt, lost?.maxAttempts], [id, 1, 2]);
  const row = await executionOf(database, id);
  assert.deepEqual([row.status, row.errors[0]?.status], ["pending", "abandoned"]);
  assert.deepEqual(lost?.retryAt, row.availableAt);
  const [clock] = await database.query<{ now: Date }>("select clock_timestamp() as now");
  const pauseMs = row.availableAt.getTime() - (clock?.now.getTime() ?? 0);
  assert.ok(pauseMs > 9_000 && pauseMs <= 10_000, "the pause of its spec");
  await database.query("update executions set available_at = clock_timestamp()");
  await startOne(database, "late");
  const [ended] = await buryNode(database, "late", { reason, onlyExpired: false });
  assert.equal(ended?.retryAt, null);
  assert.deepEqual(await endOf(database, id), ["abandoned", "node_died"]);
  const job = await jobA(database);
  assert.deepEqual([job.runCount, job.lastError], [1, "abandoned: node_died"]);
});

test("a claimed retry of a dead node that had not started keeps its attempt and its key", async (t) => {
  const database = await withAttempts(t, 2);
  const claimed = await startByHand(database);
  await end(database, claimed);
  await testNode(database, "dying");
  await claimPending(database, { nodeId: "dying", limit: 1, only: null });
  await buryNode(database, "dying", { reason: "node_died", onlyExpired: false });
  const row = await rowOf(database, claimed.id);
  assert.deepEqual([row["status"], row["attempt"], row["holds_key"]], ["pending", 1, true]);
  const again = await startOne(database);
  assert.equal((await executionOf(database, again.id)).attempt, 2);
});

test("a pause that would end after the deadline is not begun", async (t) => {
  const { database } = await testDatabase(t);
  await applyJob(database, { retry: attempts(3), deadlineMs: 60_000 });
  const claimed = await startByHand(database);
  assert.equal((await end(database, claimed, FAILURE, 61_000))?.retryAt, null);
  assert.deepEqual(await endOf(database, claimed.id), ["failed", "exit_code"]);
});

test("what waits past its deadline ends without a start, and counts once", async (t) => {
  const { database } = await testDatabase(t);
  await applyJob(database, { retry: attempts(3), deadlineMs: 60_000 });
  const claimed = await startByHand(database);
  await end(database, claimed);
  assert.deepEqual(await endPastDeadline(database), []);
  await database.query("update executions set deadline_at = clock_timestamp()");
  assert.deepEqual(await claimable(database), []);
  const [ended] = await endPastDeadline(database);
  assert.deepEqual([ended?.id, ended?.attempt, ended?.paused], [claimed.id, 1, null]);
  assert.deepEqual(await endOf(database, claimed.id), ["timed_out", "deadline"]);
  assert.equal((await executionOf(database, claimed.id)).error, FAILURE.error);
  assert.equal((await jobA(database)).runCount, 1);
  await triggerByHand(database, "a");
  await database.query("update executions set deadline_at = clock_timestamp()");
  assert.equal((await endPastDeadline(database))[0]?.attempt, 0);
  const job = await jobA(database);
  assert.deepEqual([job.runCount, job.lastStatus], [1, "failed"], "one that never ran is no run");
});
