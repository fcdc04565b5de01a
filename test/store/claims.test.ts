import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import { attemptOutcome } from "../../src/model/execution.ts";
import { claimStep } from "../../src/store/claimable.ts";
import { claimPending, markStarted, readRemaining } from "../../src/store/claims.ts";
import type { Claimed } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import { releaseClaims } from "../../src/store/release.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase, untilBlocked } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { testNode } from "../helpers/node.ts";
import { triggerByHand } from "../helpers/runs.ts";

/** A database with jobs that are run by hand, and two nodes. */
async function jobs(t: Cleanup, specs: Record<string, Partial<JobSpec>>) {
  const made = await testDatabase(t);
  for (const id of ["one", "two"]) await testNode(made.database, id);
  const { database } = made;
  await applyJobs(
    database,
    Object.entries(specs).map(([name, spec]) => commandJob(name, { schedule: null, ...spec })),
  );
  const ask = async (name: string, count = 1): Promise<string[]> => {
    const ids: string[] = [];
    while (ids.length < count) ids.push((await triggerByHand(database, name)).id);
    return ids;
  };
  return { ...made, ask };
}

const claim = (database: Database, limit = 16, nodeId = "one"): Promise<Claimed[]> =>
  claimPending(database, { nodeId, limit, only: null });

const rowOf = async (database: Database, id: string): Promise<Record<string, unknown>> => {
  const [row] = await database.query("select * from executions where id = $1", [id]);
  assert.ok(row);
  return row;
};

async function finish(database: Database, claimed: Claimed, retryAfterMs?: number): Promise<void> {
  const { id, fence } = claimed;
  const outcome = attemptOutcome({ status: "failed", reason: "exit_code" });
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  await finishExecutions(database, [{ id, fence, outcome, ...retry }]);
}

test("one statement claims a power of four", () => {
  assert.deepEqual([1, 3, 4, 15, 16, 63, 64, 999].map(claimStep), [1, 1, 4, 4, 16, 16, 64, 256]);
});

test("of several jobs the highest priority is claimed first, whether it waits for a key or not", async (t) => {
  const all = { overlap: "queue_all" } as const;
  const { database, ask } = await jobs(t, {
    plain: {},
    keyed: { ...all, priority: 1 },
    high: { ...all, mutex: "m", priority: 2 },
  });
  await ask("plain");
  await ask("keyed", 2);
  await ask("high", 2);
  const names: string[] = [];
  for (;;) {
    const [claimed] = await claim(database, 1);
    if (claimed === undefined) break;
    names.push(claimed.jobName);
  }
  assert.deepEqual(names, ["high", "keyed", "plain"], "and of a key only one");
});

test("two nodes that claim at once fill the slots of a key and never more", async (t) => {
  const { database, connect, ask } = await jobs(t, {
    a: { overlap: "queue_all", concurrency: 3 },
  });
  const other = await connect();
  await ask("a", 12);
  for (let left = 12; left > 0; left -= 3) {
    const claims: Claimed[] = [];
    while (claims.length < Math.min(3, left)) {
      const both = await Promise.all([claim(database, 4), claim(other, 4, "two")]);
      claims.push(...both.flat());
    }
    assert.equal(claims.length, 3);
    await Promise.all(claims.map((claimed) => finish(database, claimed)));
  }
});

test("a claim that meets a key somebody has just taken goes on with the others", async (t) => {
  const { database, connect, ask } = await jobs(t, {
    contested: { overlap: "queue_all", priority: 1 },
    free: { overlap: "queue_all" },
  });
  const [contested = ""] = await ask("contested");
  const [free] = await ask("free");
  const other = await connect();
  const committed = Promise.withResolvers<void>();
  const inserted = Promise.withResolvers<void>();
  const holder = database.transaction(async (tx) => {
    await tx.query(
      `insert into executions (id, job_id, job_name, trigger, available_at, status, exclusive_key,
           holds_key, trace_id)
       select $1, job_id, job_name, 'manual', clock_timestamp(), 'running', exclusive_key, true, 'x'
         from executions where id = $2`,
      [randomUUIDv7(), contested],
    );
    inserted.resolve();
    await committed.promise;
  });
  await inserted.promise;
  const claiming = claim(other, 4, "two");
  await untilBlocked(await connect(), 1);
  committed.resolve();
  await holder;
  assert.deepEqual(
    (await claiming).map(({ id }) => id),
    [free],
  );
  assert.equal((await rowOf(database, contested))["status"], "pending");
});

test("behind many that wait for one key, others are found", async (t) => {
  const { database, ask } = await jobs(t, {
    long: { overlap: "queue_all", queueLimit: 1_000 },
    short: { overlap: "queue_all" },
  });
  const [first = ""] = await ask("long");
  await claim(database, 1);
  await database.query(
    `insert into executions (id, job_id, job_name, trigger, available_at, status, exclusive_key, trace_id)
     select 'filler' || n, job_id, job_name, 'manual', available_at, 'pending', job_id, 'x'
       from executions, generate_series(1, 500) n where id = $1`,
    [first],
  );
  const [short] = await ask("short");
  assert.deepEqual(
    (await claim(database, 4)).map(({ id }) => id),
    [short],
  );
});

test("only what was asked for is claimed, before others that wait for its key", async (t) => {
  const { database, ask } = await jobs(t, { a: { overlap: "queue_all" } });
  const [, second = ""] = await ask("a", 2);
  const only = { nodeId: "one", limit: 4, only: [second] };
  assert.deepEqual(
    (await claimPending(database, only)).map(({ id }) => id),
    [second],
  );
});

test("a claim that is given back leaves its key to others, but where it had it before", async (t) => {
  const all = { overlap: "queue_all" } as const;
  const { database, ask } = await jobs(t, {
    plain: {},
    slots: { ...all, concurrency: 2 },
    single: { overlap: "queue_one" },
  });
  for (const name of ["plain", "slots", "single"]) await ask(name);
  const claims = await claim(database);
  assert.equal(claims.length, 3);
  await ask("single");
  await releaseClaims(database, claims);
  const rows = await database.query<{ job_name: string; holds_key: boolean; whole: boolean }>(
    `select job_name, holds_key, exclusive_key = job_id as whole from executions
      where status = 'pending' order by id`,
  );
  assert.deepEqual(rows, [
    { job_name: "plain", holds_key: true, whole: true },
    { job_name: "slots", holds_key: false, whole: true },
    { job_name: "single", holds_key: true, whole: true },
    { job_name: "single", holds_key: false, whole: true },
  ]);
  assert.equal((await claim(database)).length, 3);
});

test("the claim of what runs in this process is its start, and given back it is none", async (t) => {
  const { database, ask } = await jobs(t, {
    quick: { run: { type: "builtin", builtin: "log-cleanup" } },
    process: {},
  });
  await ask("quick");
  await ask("process");
  const [quick, other] = await claim(database);
  assert.ok(quick && other);
  assert.deepEqual([quick.started?.attempt, other.started], [1, null]);
  assert.ok(quick.started?.startedAt instanceof Date);
  const again = await markStarted(database, [quick]);
  assert.equal(again.get(quick.id)?.attempt, 1, "a second look counts no other attempt");
  await releaseClaims(database, [{ ...quick, started: null }]);
  assert.equal((await rowOf(database, quick.id))["status"], "running", "it has started");
  await releaseClaims(database, [quick]);
  const { status, attempt, started_at: startedAt } = await rowOf(database, quick.id);
  assert.deepEqual([status, attempt, startedAt], ["pending", 0, null]);
});

test("what waits for its next attempt holds its key, and is claimed when its pause is over", async (t) => {
  const retry = { attempts: 2, initialMs: 1, factor: 1, maxMs: 1, jitter: 0 };
  const { database, ask } = await jobs(t, {
    a: { overlap: "queue_all", concurrency: 1, retry },
  });
  const [id, behind] = await ask("a", 2);
  const [first] = await claim(database);
  assert.ok(first);
  assert.equal(first.id, id);
  await markStarted(database, [first]);
  await finish(database, first, 60_000);
  assert.deepEqual(await claim(database), [], "its key is held through the pause");
  const { waiting, nextMs } = await readRemaining(database, null);
  assert.ok(waiting && nextMs !== null && nextMs > 50_000 && nextMs <= 60_000);
  await database.query("update executions set available_at = clock_timestamp() where id = $1", [
    first.id,
  ]);
  const [second] = await claim(database);
  assert.ok(second);
  assert.equal(second.id, id);
  await releaseClaims(database, [second]);
  assert.equal((await rowOf(database, second.id))["holds_key"], true);
  const [third] = await claim(database);
  assert.ok(third);
  await markStarted(database, [third]);
  await finish(database, third);
  assert.deepEqual(
    (await claim(database)).map((claimed) => claimed.id),
    [behind],
  );
});

test("who runs only what it was asked for does not come back for the next attempt of others", async (t) => {
  const retry = { attempts: 2, initialMs: 1, factor: 1, maxMs: 1, jitter: 0 };
  const { database, ask } = await jobs(t, { a: { overlap: "queue_all", retry }, b: { retry } });
  const [first, behind = ""] = await ask("a", 2);
  const [other = ""] = await ask("b");
  for (const claimed of await claim(database)) {
    await markStarted(database, [claimed]);
    await finish(database, claimed, claimed.id === first ? 0 : 60_000);
  }
  const all = await readRemaining(database, null);
  assert.ok(all.nextMs !== null && all.nextMs <= 0, "the first is due");
  const { waiting, nextMs } = await readRemaining(database, [other]);
  assert.ok(nextMs !== null && nextMs > 50_000 && nextMs <= 60_000);
  assert.ok(waiting, "whoever waits for a key is told when it is free");
  assert.deepEqual(await readRemaining(database, [behind]), { waiting: true, nextMs: null });
});

test("what is past its deadline is not claimed, and lets the next one pass", async (t) => {
  const { database, ask } = await jobs(t, { a: { overlap: "queue_all", deadlineMs: 60_000 } });
  const [late = "", next] = await ask("a", 2);
  await database.query(
    "update executions set deadline_at = clock_timestamp() - interval '1 ms' where id = $1",
    [late],
  );
  assert.deepEqual(
    (await claim(database)).map(({ id }) => id),
    [next],
  );
});
