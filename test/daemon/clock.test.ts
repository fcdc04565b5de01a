import assert from "node:assert/strict";
import { test } from "node:test";
import { clockStep } from "../../src/daemon/clock.ts";
import { SpecCache } from "../../src/daemon/specs.ts";
import type { SchedulerEvent } from "../../src/views/event.ts";
import type { Claimed } from "../../src/store/claims.ts";
import { spreadOffsetMs } from "../../src/schedule/spread.ts";
import { findJob } from "../../src/store/jobs.ts";
import { readHistory } from "../../src/store/history.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob, rewindClock } from "../helpers/desired.ts";
import { testNode } from "../helpers/node.ts";

/** A clock whose worker has so many slots, or `freed` after a while, and keeps what it is given. */
async function clock(t: Parameters<typeof testDatabase>[0], given: number, freed = given) {
  const { database } = await testDatabase(t);
  await testNode(database, "one");
  const claimed: Claimed[] = [];
  const events: SchedulerEvent[] = [];
  let slots = given;
  const worker = {
    get free() {
      return slots;
    },
    reserve: (wanted: number) => ({ count: Math.min(wanted, slots), [Symbol.dispose]() {} }),
    untilFree: async () => {
      slots = freed;
    },
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
/** Due once, however slow the machine is: the next time is far away. */
const yearly = { type: "cron", expression: "0 0 1 1 *", timezone: "UTC" } as const;
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
  await applyJobs(database, [commandJob("a", { schedule: yearly })]);
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

test("what is due at once waits for slots that are freed, rather than to be claimed", async (t) => {
  const { database, step, claimed } = await clock(t, 0, 2);
  const names = ["a", "b", "c"];
  await applyJobs(
    database,
    names.map((name) => commandJob(name, { schedule: yearly })),
  );
  for (const name of names) await rewindClock(database, name, agoMs(0));
  assert.equal(await step(), 0);
  const count = async (): Promise<unknown> =>
    (await database.query<{ n: number }>("select count(*) as n from executions"))[0]?.n;
  assert.deepEqual([claimed.length, await count()], [2, 2], "the third is left for a slot");
  await step();
  assert.deepEqual([claimed.length, await count()], [3, 3]);
});

test("with too few slots the highest priority goes first", async (t) => {
  const { database, step, claimed } = await clock(t, 2);
  const priorities = { low: -1, middle: 0, high: 7 };
  const specs = Object.entries(priorities).map(([name, priority]) =>
    commandJob(name, { schedule: yearly, priority }),
  );
  await applyJobs(database, specs);
  const due = agoMs(0);
  for (const name of Object.keys(priorities)) await rewindClock(database, name, due);
  assert.equal(await step(), 0);
  assert.deepEqual(claimed.map((claim) => claim.jobName).toSorted(), ["high", "middle"]);
});

test("of several that are due at once under replace the last one is kept", async (t) => {
  const { database, step, claimed } = await clock(t, 4);
  await applyJobs(database, [commandJob("a", { schedule: secondly, overlap: "replace" })]);
  await rewindClock(database, "a", agoMs(3_500));
  await step();
  const rows = await database.query<{ word: string }>(
    `select concat_ws(': ', status, reason) as word from executions order by scheduled_for`,
  );
  const words = rows.map(({ word }) => word);
  assert.ok(words.length >= 4);
  assert.equal(words.pop(), "running");
  assert.deepEqual([...new Set(words)], ["skipped: replaced"]);
  assert.equal(claimed.length, 1);
});

test("under catchup all the missed runs go in their order, and what is due now is skipped", async (t) => {
  const { database, step, claimed } = await clock(t, 4);
  const everyMs = 20_000;
  const catchup = { policy: "all", windowMs: 3_600_000, max: 3 } as const;
  await applyJobs(database, [
    commandJob("a", { schedule: { type: "interval", everyMs }, catchup }),
  ]);
  await rewindClock(database, "a", agoMs(5 * everyMs + 1_000));
  await step();
  const rows = await database.query<{ word: string; n: number }>(
    `select concat_ws(' ', trigger, status, reason) as word, sum(covers_count)::integer as n
       from executions group by 1 order by 1`,
  );
  assert.deepEqual(
    rows.map(({ word, n }) => [word, n]),
    [
      ["catchup pending", 2],
      ["catchup running", 1],
      ["schedule skipped missed", 2],
      ["schedule skipped overlap", 1],
    ],
  );
  const [oldest] = await database.query<{ at: Date }>(
    "select min(scheduled_for) as at from executions where trigger = 'catchup'",
  );
  assert.deepEqual(
    claimed.map(({ scheduledFor }) => scheduledFor),
    [oldest?.at],
  );
});

test("a job with a spread is due at its own part of it, and moves on by it", async (t) => {
  const { database, step, claimed } = await clock(t, 4);
  const spreadMs = 30_000;
  const offsetMs = spreadOffsetMs("a", spreadMs);
  await applyJobs(database, [commandJob("a", { spreadMs })]);
  const nominal = new Date(Math.floor((Date.now() - offsetMs) / 60_000) * 60_000);
  await database.query(
    `update job_clock set next_run = $1::timestamptz,
            next_effective = $1::timestamptz + $2::float8 * interval '1 ms'`,
    [nominal, offsetMs],
  );
  assert.equal(await step(), 0);
  assert.deepEqual(
    claimed.map(({ scheduledFor }) => scheduledFor),
    [nominal],
  );
  const [row] = await database.query<{ due: Date; run: Date; effective: Date }>(
    `select due_at as due, next_run as run, next_effective as effective from executions, job_clock`,
  );
  assert.deepEqual(row, {
    due: new Date(nominal.getTime() + offsetMs),
    run: new Date(nominal.getTime() + 60_000),
    effective: new Date(nominal.getTime() + 60_000 + offsetMs),
  });
});

test("the record of a job that runs in this process is its start", async (t) => {
  const { database, step, claimed } = await clock(t, 4);
  const run = { type: "builtin", builtin: "log-cleanup" } as const;
  await applyJobs(database, [commandJob("a", { run, deadlineMs: 60_000 }), commandJob("b")]);
  for (const name of ["a", "b"]) await rewindClock(database, name, agoMs(1_000));
  await step();
  const started = new Map(claimed.map((claim) => [claim.jobName, claim.started]));
  assert.equal(started.get("b"), null);
  const { startedAt, ...rest } = started.get("a") ?? {};
  assert.deepEqual(rest, { attempt: 1, maxAttempts: 1, deadlineLeftMs: 60_000 });
  const rows = await database.query(
    "select started_at, attempt from executions where job_name = 'a'",
  );
  assert.deepEqual(rows, [{ started_at: startedAt, attempt: 1 }]);
});
