import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { Ahead } from "../../src/daemon/ahead.ts";
import { SpecCache } from "../../src/daemon/specs.ts";
import { fire, readDue } from "../../src/store/clock.ts";
import type { Database } from "../../src/store/connection.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob, rewindClock } from "../helpers/desired.ts";
import { testNode } from "../helpers/node.ts";

const yearly = { type: "cron", expression: "0 0 1 1 *", timezone: "UTC" } as const;

/** What a clock does while nothing is due. */
async function prepare(database: Database): Promise<Ahead> {
  const ahead = new Ahead({ database, specs: new SpecCache(database) });
  const { now, due } = await readDue(database, { limit: 10 });
  assert.deepEqual(due, []);
  ahead.setClock(now, performance.now());
  while (await ahead.read());
  return ahead;
}

/** Jobs that are due once, so many ms from now. */
async function applyDueIn(database: Database, jobs: Record<string, number>): Promise<void> {
  const names = Object.keys(jobs);
  await applyJobs(
    database,
    names.map((name) => commandJob(name, { schedule: yearly })),
  );
  for (const [name, inMs] of Object.entries(jobs)) {
    await rewindClock(database, name, new Date(Date.now() + inMs));
  }
}

test("what is prepared is given when it is due, the first to be due first, and once", async (t) => {
  const { database } = await testDatabase(t);
  await applyDueIn(database, { later: 900, soon: 800, "in-an-hour": 3_600_000 });
  const ahead = await prepare(database);
  assert.deepEqual(ahead.take(9).passes, [], "nothing is due yet");
  const untilMs = ahead.untilDueMs();
  assert.ok(untilMs > 0 && untilMs <= 800, `${untilMs} ms`);
  await sleep(untilMs + 150);
  const taken = [...ahead.take(1).passes, ...ahead.take(9).passes, ...ahead.take(9).passes];
  assert.deepEqual(
    taken.map(({ move, rows }) => [move.job.jobName, rows.map(({ trigger }) => trigger)]),
    [
      ["soon", ["schedule"]],
      ["later", ["schedule"]],
    ],
  );
  assert.equal(ahead.untilDueMs(), Infinity);
});

test("what was prepared is not recorded before the server says that it is due, nor after a change", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "one");
  await applyDueIn(database, { a: 700, changed: 700 });
  const ahead = await prepare(database);
  const early = ahead.take(9);
  assert.deepEqual(early.passes, []);
  // As a node does whose clock was set: it takes for due what is not.
  ahead.setClock(new Date(Date.now() + 750), performance.now());
  const { passes } = ahead.take(9);
  assert.equal(passes.length, 2);
  const moves = passes.map(({ move }) => move);
  const rows = passes.flatMap((pass) => pass.rows);
  const fired = await fire(database, { moves, rows, nodeId: "one" });
  assert.equal(fired.moved.size, 0);
  await database.query(
    `update job_clock set generation = generation + 1
      where job_id = (select id from scheduled_jobs where job_name = 'changed')`,
  );
  await sleep(800);
  const again = await fire(database, { moves, rows, nodeId: "one" });
  assert.deepEqual(
    [...again.moved],
    moves.filter(({ job }) => job.jobName === "a").map(({ job }) => job.jobId),
  );
});

test("after the machine slept, or was held up, what was prepared is read once more", async (t) => {
  const { database } = await testDatabase(t);
  await applyDueIn(database, { a: 500 });
  const slept = await prepare(database);
  const held = await prepare(database);
  const clock = t.mock.method(
    Date,
    "now",
    () => performance.timeOrigin + performance.now() + 60_000,
  );
  assert.equal(slept.untilDueMs(), Infinity);
  clock.mock.restore();
  held.setClock(new Date(Date.now() + 6_000), performance.now());
  assert.deepEqual(held.take(9).passes, []);
});

test("what was taken and found no room comes first again, under an id of its own", async (t) => {
  const { database } = await testDatabase(t);
  await applyDueIn(database, { a: 300, b: 350 });
  const ahead = await prepare(database);
  ahead.setClock(new Date(Date.now() + 400), performance.now());
  const { passes } = ahead.take(9);
  const before = passes.flatMap(({ rows }) => rows.map(({ id }) => id));
  ahead.putBack(passes);
  const again = ahead.take(9).passes;
  assert.deepEqual(
    again.map(({ move }) => move.job.jobName),
    ["a", "b"],
  );
  const ids = again.flatMap(({ rows }) => rows.map(({ id }) => id));
  assert.equal(new Set([...before, ...ids]).size, 4);
});
