import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptOutcome } from "../../src/model/execution.ts";
import { buryNode } from "../../src/store/bury.ts";
import { claimPending, markStarted } from "../../src/store/claims.ts";
import { findExecution } from "../../src/store/executions.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import { findJob } from "../../src/store/jobs.ts";
import { openNodes, renewNode, stopNode } from "../../src/store/nodes.ts";
import { testDatabase, untilBlocked } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { testNode } from "../helpers/node.ts";
import { claimOne, triggerByHand } from "../helpers/runs.ts";

const success = attemptOutcome({ status: "success" });

test("a dead node's unstarted run goes back, its started one is abandoned", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  await testNode(database, "dead", { leaseMs: -1 });
  await testNode(database, "alive");
  const first = await triggerByHand(database, "a", "allow");
  const started = await claimOne(database, "dead");
  await markStarted(database, [started]);
  const second = await triggerByHand(database, "a", "allow");
  await claimOne(database, "dead");

  const rule = { reason: "node_died", onlyExpired: true } as const;
  assert.deepEqual(await buryNode(database, "alive", rule), [], "its lease has not run out");
  const buried = await buryNode(database, "dead", rule);
  assert.deepEqual(
    buried.map(({ id, jobName }) => [id, jobName]),
    [[first.id, "a"]],
  );
  const abandoned = await findExecution(database, first.id);
  assert.deepEqual([abandoned?.status, abandoned?.reason], ["abandoned", "node_died"]);
  assert.equal((await findExecution(database, second.id))?.status, "pending");
  assert.equal((await findExecution(database, second.id))?.attempt, 0);
  assert.equal((await findJob(database, "a"))?.lastStatus, "failed");
  assert.equal(await renewNode(database, { nodeId: "dead", leaseMs: 1, deadlineMs: 5_000 }), null);
  assert.deepEqual(
    (await openNodes(database)).map((open) => open.id),
    ["alive"],
  );
  const late = { id: started.id, fence: started.fence, outcome: success };
  assert.equal((await finishExecutions(database, [late])).size, 0, "the dead write nothing");
});

test("a node that leaves with runs whose end it could not record is found by the next sweep", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const { id } = await triggerByHand(database, "a");
  await testNode(database, "leaves");
  await markStarted(database, [await claimOne(database, "leaves")]);
  await stopNode(database, "leaves");
  const [open] = await openNodes(database);
  assert.deepEqual([open?.id, open?.expired], ["leaves", true]);
  const rule = { reason: "node_died", onlyExpired: true } as const;
  const buried = await buryNode(database, "leaves", rule);
  assert.deepEqual(
    buried.map((lost) => [lost.id, lost.jobName]),
    [[id, "a"]],
  );
  assert.equal((await triggerByHand(database, "a")).status, "pending", "the key is free again");
  await testNode(database, "idle");
  await stopNode(database, "idle");
  assert.deepEqual(await openNodes(database), []);
});

test("a burial waits for a claim that is under way, and finds it", async (t) => {
  const { database, connect } = await testDatabase(t);
  const other = await connect();
  await applyJobs(database, [commandJob("a")]);
  await testNode(database, "one");
  const { id } = await triggerByHand(database, "a");
  // The row that the claim is about to take is held, so that the burial comes in between.
  const held = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holding = database.transaction(async (tx) => {
    await tx.query("lock table executions in exclusive mode");
    held.resolve();
    await release.promise;
  });
  await held.promise;
  const claiming = claimPending(other, { nodeId: "one", limit: 1, only: null });
  await untilBlocked(database, 1);
  const burying = buryNode(other, "one", { reason: "node_died", onlyExpired: false });
  await untilBlocked(database, 2);
  release.resolve();
  await Promise.all([holding, claiming, burying]);
  const row = await findExecution(database, id);
  assert.deepEqual([row?.status, row?.nodeId], ["pending", null]);
});
