import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { heartbeatStep } from "../../src/daemon/heartbeat.ts";
import { Node } from "../../src/daemon/node.ts";
import { buryNode } from "../../src/store/bury.ts";
import { claimPending, markStarted } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { findExecution } from "../../src/store/executions.ts";
import { openNodes, reportConfig } from "../../src/store/nodes.ts";
import { requestCancel } from "../../src/store/trigger.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { claimOne, triggerByHand } from "../helpers/runs.ts";

/** Long enough that two beats at once stay within half of one on a slow machine. */
const LEASE_MS = 6_000;

/** The heartbeat of a node, with a worker that runs `owned` and tells what was asked of it. */
async function heart(
  database: Database,
  { leaseMs = LEASE_MS, idle = Promise.resolve() }: { leaseMs?: number; idle?: Promise<void> } = {},
) {
  const facts = { concurrency: 4, configFile: null, role: "all" } as const;
  const node = await Node.register({ database, leaseMs, ...facts });
  const owned = new Set<string>();
  const unrecorded = new Set<string>();
  const told: string[] = [];
  const deadlines: number[] = [];
  const beat = heartbeatStep({
    database,
    node,
    leaseMs,
    worker: {
      owns: (id) => owned.has(id),
      mayHaveRun: (id) => unrecorded.has(id),
      cancel: (id, reason) => told.push(`${id} ${reason}`) > 0,
      cancelAll: (reason) => void told.push(`all ${reason}`),
      async idle() {
        await idle;
        told.push("idle");
      },
    },
    onAbandoned: (abandoned) => told.push(...abandoned.map(({ id }) => `${id} abandoned`)),
    onSchema: () => undefined,
    onRenewed: () => void deadlines.push(node.runsUntilMs),
  });
  return { node, owned, unrecorded, told, deadlines, beat };
}

/** Lets time pass for this process at once; the database has its own. */
function passing(t: TestContext): (ms: number) => void {
  const now = performance.now.bind(performance);
  let aheadMs = 0;
  t.mock.method(performance, "now", () => now() + aheadMs);
  return (ms) => {
    aheadMs += ms;
  };
}

/** A claimed execution of job `a`, beside any other. */
async function claim(database: Database, nodeId: string) {
  await triggerByHand(database, "a", "allow");
  return claimOne(database, nodeId);
}

const statusOf = async (database: Database, id: string) =>
  (await findExecution(database, id))?.status;

test("rows whose claim was lost on the wire go back; what may have run here is abandoned", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const { node, owned, unrecorded, told, beat } = await heart(database);
  const [known, lost, lostStarted, lostRunning] = [
    await claim(database, node.id),
    await claim(database, node.id),
    await claim(database, node.id),
    await claim(database, node.id),
  ];
  await markStarted(database, [known, lostStarted, lostRunning]);
  owned.add(known.id);
  unrecorded.add(lostRunning.id);
  const pass = passing(t);
  const waitMs = await beat();
  await beat();
  assert.equal(await statusOf(database, lost.id), "running", "its answer may be on the way");
  pass(waitMs);
  await beat();
  assert.equal(await statusOf(database, known.id), "running");
  assert.equal(await statusOf(database, lost.id), "pending");
  const unused = await findExecution(database, lostStarted.id);
  assert.deepEqual([unused?.status, unused?.attempt], ["pending", 0], "none of its code has run");
  assert.equal(await statusOf(database, lostRunning.id), "abandoned");
  assert.deepEqual(told, [`${lostRunning.id} abandoned`]);
});

test("a beat carries cancels, and moves the deadline of the runs", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const { node, owned, told, deadlines, beat } = await heart(database);
  const { id } = await claim(database, node.id);
  owned.add(id);
  await requestCancel(database, { id, by: "ann", reason: "cancel_requested" });
  await beat();
  await beat();
  assert.deepEqual(told, [`${id} cancel_requested`, `${id} cancel_requested`]);
  const [first = 0, second = 0] = deadlines;
  assert.ok(second > first);
});

test("a node that was declared dead ends its runs, and goes on as another", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const { node, told, deadlines, beat } = await heart(database);
  const former = node.id;
  await reportConfig(database, former, { revision: 1, diagnostics: [] });
  await buryNode(database, former, { reason: "node_died", onlyExpired: false });

  await triggerByHand(database, "a");
  const claims = { nodeId: former, limit: 1, only: null };
  assert.deepEqual(await claimPending(database, claims), [], "the dead claim nothing");

  await beat();
  assert.deepEqual(told, ["all lease_lost", "idle"]);
  assert.equal(deadlines.length, 1, "the launcher may let runs of the new life run");
  assert.notEqual(node.id, former);
  const [reborn, ...others] = await openNodes(database);
  assert.deepEqual([reborn?.id, others], [node.id, []]);
  assert.deepEqual([reborn?.revision, reborn?.reloadError], [1, []], "it reads the same file");
  assert.equal((await claimPending(database, { ...claims, nodeId: node.id })).length, 1);
});

test("a node that was declared dead goes on as another, though one of its runs does not end", async (t) => {
  const { database } = await testDatabase(t);
  const idle = new Promise<void>(() => undefined);
  const { node, told, beat } = await heart(database, { leaseMs: 100, idle });
  const former = node.id;
  await buryNode(database, former, { reason: "node_died", onlyExpired: false });
  await beat();
  assert.deepEqual(told, ["all lease_lost"]);
  assert.notEqual(node.id, former);
});

test("a node is steady after a whole lease without a gap", async (t) => {
  const { database } = await testDatabase(t);
  const leaseMs = 2_000;
  const { node, beat } = await heart(database, { leaseMs });
  const pass = passing(t);
  await beat();
  assert.ok(node.steadyInMs > 0);
  pass(leaseMs / 2);
  await beat();
  pass(leaseMs / 2);
  await beat();
  assert.equal(node.steadyInMs, 0);
  await database.query("update nodes set lease_until = clock_timestamp() - interval '1 ms'");
  await beat();
  assert.ok(node.steadyInMs > 0);
});
