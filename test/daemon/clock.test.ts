import assert from "node:assert/strict";
import { test } from "node:test";
import { clockStep } from "../../src/daemon/clock.ts";
import { SpecCache } from "../../src/daemon/specs.ts";
import type { SchedulerEvent } from "../../src/views/event.ts";
import type { Claimed } from "../../src/store/claims.ts";
import { findJob } from "../../src/store/jobs.ts";
import { readHistory } from "../../src/store/executions.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob, rewindClock } from "../helpers/desired.ts";
import { testNode } from "../helpers/node.ts";

/** A clock whose worker has so many slots and keeps what it is given. */
async function clock(t: Parameters<typeof testDatabase>[0], slots: number) {
  const { database } = await testDatabase(t);
  await testNode(database, "one");
  const claimed: Claimed[] = [];
  const events: SchedulerEvent[] = [];
  const worker = {
    reserve: (wanted: number) => ({ count: Math.min(wanted, slots), [Symbol.dispose]() {} }),
    accept: (claims: readonly Claimed[]) => void claimed.push(...claims),
    wake: () => undefined,
    specs: new SpecCache(database),
  };
  const step = clockStep({
    database,
    worker,
    nodeId: () => "one",
    emit: (event) => void events.push(event),
  });
  return { database, step, claimed, events };
}

const states = ["running", "pending", "skipped"] as const;
const secondly = { type: "interval", everyMs: 1_000 } as const;
const agoMs = (ms: number) => new Date(Date.now() - ms);

test("a due occurrence is claimed by the insert, and the clock moves to the next", async (t) => {
  const { database, step, claimed } = await clock(t, 4);
  await applyJobs(database, [commandJob("a")]);
  const due = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  await rewindClock(database, "a", due);
  // Within ten seconds of the minute it is ordinary, later it is a catch-up: it runs either way.
  assert.equal(await step(), 0);
  assert.deepEqual(
    claimed.map((claim) => claim.scheduledFor),
    [due],
  );
  const next = (await findJob(database, "a"))?.nextRun;
  assert.equal(next?.getTime(), due.getTime() + 60_000);
  const waitMs = await step();
  assert.ok(waitMs > 0 && waitMs <= 5_000, `waits ${waitMs} ms`);
});

test("without a free slot the occurrence waits for any node", async (t) => {
  const { database, step, claimed } = await clock(t, 0);
  await applyJobs(database, [commandJob("a")]);
  await rewindClock(database, "a", agoMs(1_000));
  await step();
  assert.equal(claimed.length, 0);
  const { entries } = await readHistory(database, { jobId: null, states: [...states], limit: 9 });
  assert.deepEqual(
    entries.map((entry) => entry.status),
    ["pending"],
  );
});

test("after an outage the latest missed run is caught up and the others are accounted", async (t) => {
  const { database, step, claimed, events } = await clock(t, 4);
  await applyJobs(database, [commandJob("a")]);
  const start = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 600_000);
  await rewindClock(database, "a", start);
  await step();
  const { entries } = await readHistory(database, { jobId: null, states: [...states], limit: 99 });
  const covered = entries.reduce((sum, entry) => sum + entry.coversCount, 0);
  const next = (await findJob(database, "a"))?.nextRun?.getTime() ?? 0;
  assert.equal(covered, (next - start.getTime()) / 60_000, "each due minute is in one record");
  assert.equal(claimed.length, 1);
  assert.equal(claimed[0]?.scheduledFor?.getTime(), next - 60_000);
  assert.ok(events.some((event) => event.type === "occurrences_skipped"));
});

test("28 hours of a job every second are accounted in chunks, in few rows", async (t) => {
  const { database, step, claimed } = await clock(t, 4);
  await applyJobs(database, [commandJob("a", { schedule: secondly })]);
  const start = agoMs(28 * 3_600_000);
  await rewindClock(database, "a", start);
  while ((await step()) === 0) continue;
  const [sum] = await database.query<{ covered: number; rows: number }>(
    "select sum(covers_count) as covered, count(*) as rows from executions",
  );
  const next = (await findJob(database, "a"))?.nextRun?.getTime() ?? 0;
  const firstDue = start.getTime();
  assert.ok(Math.abs((sum?.covered ?? 0) - (next - firstDue) / 1_000) <= 1);
  assert.ok((sum?.rows ?? Infinity) < 200);
  assert.ok(claimed.length >= 1);
});

test("a schedule that cannot be computed here stops no job beside it", async (t) => {
  const { database, step, claimed, events } = await clock(t, 4);
  await applyJobs(database, [commandJob("strange"), commandJob("b")]);
  // As another node applied it, whose Node knows more zones.
  await database.query(
    `update scheduled_jobs set spec = jsonb_set(spec, '{schedule,timezone}', '"Mars/Olympus"')
      where job_name = 'strange'`,
  );
  for (const name of ["strange", "b"]) await rewindClock(database, name, agoMs(1_000));
  assert.equal(await step(), 0);
  assert.deepEqual(
    claimed.map((claim) => claim.jobName),
    ["b"],
  );
  const waits = [await step(), await step()];
  assert.deepEqual(waits, [10, 20], "the rest is tried again, more and more seldom");
  const told = events.filter((event) => event.type === "problem");
  assert.equal(told.length, 1);
  assert.match(told[0]?.message ?? "", /strange/);
});
