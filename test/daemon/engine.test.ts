import assert from "node:assert/strict";
import { test } from "node:test";
import { claimPending } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { findExecution } from "../../src/store/executions.ts";
import { listNodes, openNodes } from "../../src/store/nodes.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { makeEngine, startEngine } from "../helpers/engine.ts";
import { waitUntil } from "../helpers/wait-until.ts";
import { triggerByHand } from "../helpers/runs.ts";

const shell = (name: string, command: string) =>
  commandJob(name, { schedule: null, run: { type: "command", command } });

const trigger = async (database: Database, name: string) =>
  (await triggerByHand(database, name, "allow")).id;

test("a stop lets what runs finish, starts nothing new, and leaves", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [shell("slow", "sleep 1; echo done")]);
  const { engine, events, stop } = await startEngine(t, database);
  const running = await trigger(database, "slow");
  engine.wake();
  await events.next("run_started");
  const stopping = stop(20_000);
  const late = await trigger(database, "slow");
  engine.wake();
  await stopping;
  assert.equal((await findExecution(database, running))?.status, "success");
  assert.equal((await findExecution(database, late))?.status, "pending");
  assert.deepEqual(await openNodes(database), []);
});

test("what does not finish in its grace is ended and says so", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [shell("long", "sleep 600")]);
  const { engine, events, stop } = await startEngine(t, database);
  const id = await trigger(database, "long");
  engine.wake();
  await events.next("run_started");
  await stop(0);
  const ended = await findExecution(database, id);
  assert.deepEqual([ended?.status, ended?.reason], ["cancelled", "shutdown"]);
  assert.deepEqual(await openNodes(database), []);
});

test("a node that is older than the schema runs nothing new, says so, and ends what it runs", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [shell("slow", "sleep 3; echo done")]);
  const { url, schema } = { url: null, schema: "cronverge" };
  const settings = { url, schema, leaseMs: 5_000, pooled: false, connections: {} };
  const { engine, events } = await startEngine(t, database, { database: settings });
  const running = await trigger(database, "slow");
  engine.wake();
  await events.next("run_started");
  await database.query(
    "insert into schema_migrations (version, name, checksum) values (999, 'later', '')",
  );
  const { message, help } = await events.next("problem");
  assert.match(message, /newer version .*migration 999, this node knows \d.* runs nothing new/);
  assert.equal(help, "upgrade cronverge on this machine");
  const late = await trigger(database, "slow");
  engine.wake();
  await events.next("run_finished");
  assert.equal((await findExecution(database, running))?.status, "success");
  assert.equal((await findExecution(database, late))?.status, "pending");
  const { nodes } = await listNodes(database, { gone: false, limit: 9 });
  assert.deepEqual(
    nodes.map(({ state }) => state),
    ["draining"],
  );
});

test("on a lease that is over nothing is claimed, lest it end with the lease", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [shell("quick", "true")]);
  // The launcher ends what runs 2 s before the lease does, so that this one is always over.
  const lease = { url: null, schema: "cronverge", leaseMs: 2_000, pooled: false, connections: {} };
  const { engine } = await startEngine(t, database, { database: lease });
  const id = await trigger(database, "quick");
  engine.wake();
  const beats = "select renewed_at > started_at + interval '1 s' as later from nodes";
  const isLater = async () => (await database.query<{ later: boolean }>(beats))[0]?.later === true;
  await waitUntil(isLater, "a few beats");
  assert.equal((await findExecution(database, id))?.status, "pending");
});

test("slots set aside for a claim are filled by no other", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [shell("quick", "true")]);
  const { engine, events } = await startEngine(t, database, { nodeConcurrency: 2 });
  await trigger(database, "quick");
  engine.wake();
  await events.next("run_finished");
  await engine.worker.idle();
  // A look for more may be on its way, and has set a slot aside.
  await waitUntil(async () => engine.worker.free === 2, "both slots");
  {
    using slots = engine.worker.reserve(5);
    assert.equal(slots.count, 2);
    assert.equal(engine.worker.reserve(1).count, 0);
    await trigger(database, "quick");
    engine.wake();
  }
  await events.next("run_finished");
});

test("a start whose record was not acknowledged is given back, and runs: no code of it ran", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [shell("backup", "true")]);
  let lost = 0;
  const deaf = new Proxy(database, {
    get(target, key) {
      if (key !== "query") return Reflect.get(target, key, target) as unknown;
      return async (...given: Parameters<Database["query"]>) => {
        const rows = await target.query(...given);
        if (!given[0].includes("started_at = coalesce(started_at") || lost > 0) return rows;
        lost += 1;
        throw new Error("the answer was lost");
      };
    },
  });
  const lease = { url: null, schema: "cronverge", leaseMs: 4_000, pooled: false, connections: {} };
  const { events } = await startEngine(t, deaf, { database: lease });
  const id = await trigger(database, "backup");
  assert.equal((await events.next("run_finished")).executionId, id);
  assert.equal(lost, 1);
  const ended = await findExecution(database, id);
  assert.deepEqual([ended?.status, ended?.attempt], ["success", 1]);
});

test("a job that is changed between claim and start runs as it is now", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [shell("a", "echo old")]);
  const { engine, events } = await makeEngine(t, database);
  // The claim is made here, and handed over after the change.
  const id = await trigger(database, "a");
  const claims = { nodeId: engine.node.id, limit: 1, only: [id] };
  const claimed = await claimPending(database, claims);
  assert.equal(claimed.length, 1);
  await applyJobs(database, [shell("a", "echo new; exit 3")]);
  engine.worker.accept(claimed, performance.now());
  engine.worker.startClaiming();
  const { executionId } = await events.next("run_finished");
  assert.equal(executionId, id);
  const ended = await findExecution(database, id);
  assert.deepEqual([ended?.reason, ended?.exitCode, ended?.attempt], ["exit_code", 3, 1]);
});
