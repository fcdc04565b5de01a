import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { hostname } from "node:os";
import { test } from "node:test";
import { processIdentity } from "../../src/daemon/process-identity.ts";
import { nodesByEvidence, sweeperStep, sweepOnce } from "../../src/daemon/sweeper.ts";
import { markStarted } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { findExecution } from "../../src/store/executions.ts";
import { openNodes } from "../../src/store/nodes.ts";
import type { SchedulerEvent } from "../../src/views/event.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { testNode } from "../helpers/node.ts";
import { claimOne, triggerByHand } from "../helpers/runs.ts";

/** What one sweep by node `own` leaves open, and what it tells. */
async function sweep(database: Database, given: { embedded?: boolean; steadyInMs?: number } = {}) {
  const { embedded = false, steadyInMs = 0 } = given;
  const events: SchedulerEvent[] = [];
  const { soonestMs } = await sweepOnce({
    database,
    embedded,
    node: { id: "own", steadyInMs },
    leaseMs: 15_000,
    emit: (event) => void events.push(event),
    looked: new Set(),
  });
  const open = (await openNodes(database)).map((node) => node.id).sort();
  return { events, soonestMs, open };
}

/** A process that carries the tag of a node, and its end. */
async function taggedProcess(t: Cleanup, nodeId: string) {
  const child = spawn("sleep", ["600"], { env: { PATH: "/usr/bin:/bin", CRONVERGE_NODE: nodeId } });
  t.after(async () => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  await once(child, "spawn");
  return { ended, pid: child.pid ?? 0 };
}

const here = { host: hostname() };
const identity = async () => (await processIdentity(process.pid)) ?? "";

test("a node whose process is gone is buried at once, when its jobs have ended", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const own = await identity();
  // The pid is ours now; it started at another time.
  const processStart = own.replace(/:\d+/, ":1");
  await testNode(database, "own", { ...here, processStart: own, pid: process.pid });
  await testNode(database, "former", { ...here, processStart, pid: process.pid });
  const { id } = await triggerByHand(database, "a");
  await markStarted(database, [await claimOne(database, "former")]);
  const { ended } = await taggedProcess(t, "former");

  const { events, open } = await sweep(database, { steadyInMs: 700 });
  assert.deepEqual(open, ["own"]);
  const [, signal] = await ended;
  assert.equal(signal, "SIGKILL", "nothing of it may run beside a successor");
  assert.deepEqual(events, [
    { type: "abandoned", executionId: id, jobName: "a", reason: "node_died", retryAt: null },
  ]);
  assert.equal((await findExecution(database, id))?.reason, "node_died");
});

test("what a dead node of this host left is ended, though others buried it; another host's is not", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "own", here);
  await testNode(database, "buried", here);
  await testNode(database, "elsewhere", { host: "another" });
  await database.query("update nodes set state = 'dead', stopped_at = now() where id <> 'own'");
  const left = await taggedProcess(t, "buried");
  const foreign = await taggedProcess(t, "elsewhere");
  let foreignEnded = false;
  void foreign.ended.then(() => (foreignEnded = true));
  await sweep(database);
  assert.equal((await left.ended)[1], "SIGKILL");
  assert.equal(foreignEnded, false);
});

test("an onlooker sees that a process is gone before its lease has run out", async (t) => {
  const { database } = await testDatabase(t);
  const own = await identity();
  await testNode(database, "alive", { ...here, processStart: own, pid: process.pid });
  const processStart = own.replace(/:\d+/, ":1");
  await testNode(database, "killed", { ...here, processStart, pid: process.pid });
  const seen = await nodesByEvidence(database, false);
  assert.deepEqual(Object.fromEntries(seen.map(({ id, expired }) => [id, expired])), {
    alive: false,
    killed: true,
  });
});

test("a living process of this host is left alone, its parent and the first one too", async (t) => {
  const { database } = await testDatabase(t);
  const own = await identity();
  const { pid, ppid } = process;
  await testNode(database, "own", { ...here, processStart: own, pid });
  await testNode(database, "beside", { ...here, processStart: own, pid });
  await testNode(database, "parent", { ...here, processStart: own, pid: ppid });
  await testNode(database, "first", { ...here, processStart: own, pid: 1 });
  for (const embedded of [true, false]) {
    const { open } = await sweep(database, { embedded });
    assert.deepEqual(open, ["beside", "first", "own", "parent"]);
  }
});

test("a process that the system hides from us is judged by its lease alone", async (t) => {
  const { database } = await testDatabase(t);
  const own = await identity();
  const { pid } = await taggedProcess(t, "nobody");
  const processStart = await processIdentity(pid);
  assert.ok(processStart);
  const hidden = `/proc/${pid}/`;
  const { readFileSync } = fs;
  t.mock.method(fs, "readFileSync", (...given: Parameters<typeof readFileSync>) => {
    if (String(given[0]).startsWith(hidden)) throw new Error(`ENOENT: ${hidden}`);
    return readFileSync(...given);
  });
  syncBuiltinESMExports();
  t.after(syncBuiltinESMExports);
  assert.equal(await processIdentity(pid), null);
  await testNode(database, "own", { ...here, processStart: own, pid: process.pid });
  await testNode(database, "hidden", { ...here, processStart, pid });
  assert.deepEqual((await sweep(database)).open, ["hidden", "own"]);
  await database.query("update nodes set lease_until = now() - interval '1 s' where id = 'hidden'");
  assert.deepEqual((await sweep(database)).open, ["own"]);
});

test("a process in another container of the same name is judged by its lease alone", async (t) => {
  const { database } = await testDatabase(t);
  const own = await identity();
  const processStart = own.replace(/@.*/, "@pid:[1]");
  await testNode(database, "own", { ...here, processStart: own, pid: process.pid });
  await testNode(database, "elsewhere", { ...here, processStart, pid: 99_999_999 });
  await testNode(database, "dead", { ...here, processStart, pid: 99_999_999, leaseMs: -1 });
  for (const embedded of [false, true]) {
    assert.deepEqual((await sweep(database, { embedded })).open, ["elsewhere", "own"]);
  }
});

test("an expired lease is judged only by a node that has kept its own", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "own");
  await testNode(database, "late", { leaseMs: -1 });
  assert.deepEqual((await sweep(database, { steadyInMs: 700 })).open, ["late", "own"]);
  // The server's clock jumped: every lease has run out, ours too.
  await database.query("update nodes set lease_until = clock_timestamp() - interval '1 s'");
  const lapsed = await sweep(database);
  assert.deepEqual([lapsed.open, lapsed.soonestMs], [["late", "own"], Infinity]);
  await database.query(
    "update nodes set lease_until = clock_timestamp() + interval '1 day' where id = 'own'",
  );
  assert.deepEqual((await sweep(database)).open, ["own"]);
});

test("the next look is when a lease runs out, or when one that has may be judged", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "own");
  assert.equal((await sweep(database)).soonestMs, Infinity);
  await testNode(database, "far", { leaseMs: 9_000 });
  await testNode(database, "near", { leaseMs: 3_000 });
  const { soonestMs } = await sweep(database);
  assert.ok(soonestMs > 0 && soonestMs <= 3_000, `${soonestMs} ms`);
  await testNode(database, "late", { leaseMs: -1 });
  assert.equal((await sweep(database, { steadyInMs: 7 })).soonestMs, 7);
  assert.ok((await sweep(database)).soonestMs > 7, "it is judged");

  const looks = { database, embedded: false, leaseMs: 15_000, emit: () => undefined };
  const step = sweeperStep({ ...looks, node: { id: "own", steadyInMs: 0 }, looked: new Set() });
  assert.ok((await step()) <= 3_020);
  await database.query("update nodes set lease_until = clock_timestamp() + interval '1 day'");
  assert.equal(await step(), 7_500, "half a lease at most");
});

test("with the embedded database a frozen process keeps what it runs", async (t) => {
  const { database } = await testDatabase(t);
  const child = spawn("sleep", ["600"]);
  t.after(async () => void child.kill("SIGKILL"));
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  const processStart = await processIdentity(pid);
  await testNode(database, "own");
  await testNode(database, "frozen", { ...here, processStart, pid, leaseMs: -1 });
  assert.deepEqual((await sweep(database, { embedded: true })).open, ["frozen", "own"]);
  assert.deepEqual((await sweep(database, { embedded: false })).open, ["own"]);
});
