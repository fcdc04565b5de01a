import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import { attemptOutcome } from "../../src/model/execution.ts";
import type { JobPolicies } from "../../src/model/policy.ts";
import { DEFAULT_POLICIES } from "../../src/model/policy.ts";
import { admit } from "../../src/store/admit.ts";
import { admissionOf } from "../../src/store/admission.ts";
import type { Admission } from "../../src/store/admission.ts";
import { claimPending, markStarted } from "../../src/store/claims.ts";
import type { Claimed } from "../../src/store/claims.ts";
import type { DueJob } from "../../src/store/clock.ts";
import type { Database } from "../../src/store/connection.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob, rewindClock } from "../helpers/desired.ts";
import { readDueJob, recordDue } from "../helpers/firing.ts";
import { testNode } from "../helpers/node.ts";

const DUE = new Date("2026-01-01T00:00:00Z");
const minute = (n: number): Date => new Date(DUE.getTime() + n * 60_000);

/** A database with jobs that are due, and a node. */
async function due(t: Cleanup, jobs: Record<string, Partial<JobPolicies>>) {
  const { database, connect } = await testDatabase(t);
  await testNode(database, "one");
  await applyJobs(
    database,
    Object.entries(jobs).map(([name, policies]) => commandJob(name, policies)),
  );
  for (const name of Object.keys(jobs)) await rewindClock(database, name, DUE);
  const read = new Map<string, DueJob>();
  for (const name of Object.keys(jobs)) read.set(name, await readDueJob(database, name));
  /** Records occurrences at so many minutes, with so many slots. */
  const record = async (name: string, minutes: number[], slots: number) => {
    const job = read.get(name);
    assert.ok(job);
    const at = minutes.map(minute);
    return recordDue(database, job, { policies: jobs[name] ?? {}, at, slots });
  };
  return { database, connect, record };
}

/** What became of each due time of a job, in their order: `running`, `pending`, `skipped: overlap`. */
async function outcomes(database: Database, name: string): Promise<string[]> {
  const rows = await database.query<{ word: string }>(
    `select concat_ws(': ', status, reason) as word from executions
      where job_name = $1 order by scheduled_for, id`,
    [name],
  );
  return rows.map(({ word }) => word);
}

const claim = (database: Database, limit = 4): Promise<Claimed[]> =>
  claimPending(database, { nodeId: "one", limit, only: null });

async function end(database: Database, ...claims: { id: string; fence: number }[]): Promise<void> {
  const outcome = attemptOutcome({ status: "success" });
  await finishExecutions(
    database,
    claims.map(({ id, fence }) => ({ id, fence, outcome })),
  );
}

test("what a spec makes of an execution", () => {
  const words = (
    policies: Partial<JobPolicies>,
    options: Partial<Parameters<typeof admissionOf>[1]> = {},
  ): [Admission["rule"], string | null, number] => {
    const spec = { ...DEFAULT_POLICIES, ...policies };
    const { rule, exclusiveKey, keySlots } = admissionOf(spec, { jobId: "job", ...options });
    return [rule, exclusiveKey, keySlots];
  };
  assert.deepEqual(words({}), ["hold", "job", 1]);
  assert.deepEqual(words({ concurrency: 3 }), ["skip", "job", 3]);
  assert.deepEqual(words({ mutex: "m" }), ["skip", "mutex:m", 1]);
  assert.deepEqual(words({ overlap: "queue_one" }), ["queue_one", "job", 1]);
  assert.deepEqual(words({ overlap: "queue_all", mutex: "m" }), ["queue_all", "mutex:m", 1]);
  assert.deepEqual(words({ overlap: "replace" }), ["replace", "job", 1]);
  assert.deepEqual(words({ overlap: "allow" }), ["allow", null, 1]);
  assert.deepEqual(words({ overlap: "allow", mutex: "m" }), ["allow", "mutex:m", 1]);
  assert.deepEqual(words({}, { exempt: true }), ["allow", "job", 1]);
  assert.deepEqual(words({ overlap: "allow" }, { exempt: true }), ["allow", null, 1]);
  assert.deepEqual(words({}, { overlap: "allow" }), ["allow", null, 1]);
  assert.deepEqual(words({ mutex: "m" }, { overlap: "allow" }), ["allow", "mutex:m", 1]);
});

test("skip: one is open, whether it runs or waits for a slot; none queues", async (t) => {
  const { database, record } = await due(t, { a: {}, b: {} });
  await record("a", [0], 1);
  await record("a", [1, 2], 2);
  await record("b", [0], 0);
  await record("b", [1], 1);
  const overlap = "skipped: overlap";
  assert.deepEqual(await outcomes(database, "a"), ["running", overlap, overlap]);
  assert.deepEqual(await outcomes(database, "b"), ["pending", overlap]);
  const [skipped] = await database.query<{ node_id: string }>(
    "select node_id from executions where status = 'skipped' limit 1",
  );
  assert.equal(skipped?.node_id, "one", "the record says who made it");
});

test("skip with concurrency: so many run, beside one another, and none beyond them", async (t) => {
  const { database, record } = await due(t, { a: { concurrency: 3 } });
  const first = await record("a", [0, 1], 2);
  await record("a", [2, 3, 4], 1);
  const overlap = "skipped: overlap";
  const running = ["running", "running", "running"];
  assert.deepEqual(await outcomes(database, "a"), [...running, overlap, overlap]);
  const keys = await database.query<{ slot: string }>(
    `select split_part(exclusive_key, '#', 2) as slot from executions
      where status = 'running' order by scheduled_for`,
  );
  assert.deepEqual(
    keys.map(({ slot }) => slot),
    ["0", "1", "2"],
  );
  await end(database, ...first.claimed.slice(1));
  await record("a", [5, 6], 0);
  assert.deepEqual((await outcomes(database, "a")).slice(5), ["pending", overlap]);
  assert.equal((await claim(database)).length, 1);
});

test("skip with a mutex: waits for the jobs beside it, not for itself", async (t) => {
  const mutex = { mutex: "m" };
  const { database, record } = await due(t, { a: mutex, b: mutex });
  const { claimed } = await record("a", [0], 1);
  await record("b", [0, 1], 2);
  await record("b", [2], 1);
  await record("a", [1], 1);
  const overlap = "skipped: overlap";
  assert.deepEqual(await outcomes(database, "a"), ["running", overlap]);
  assert.deepEqual(await outcomes(database, "b"), ["pending", overlap, overlap]);
  assert.deepEqual(await claim(database), [], "the mutex is held");
  await end(database, ...claimed);
  const [next] = await claim(database);
  assert.equal(next?.jobName, "b");
  await record("b", [3], 1);
  assert.equal((await outcomes(database, "b")).at(-1), overlap);
});

test("queue_one: one runs, one waits", async (t) => {
  const { database, record } = await due(t, { a: { overlap: "queue_one" } });
  const { claimed } = await record("a", [0, 1, 2], 3);
  await record("a", [3], 1);
  const full = "skipped: queue_full";
  assert.deepEqual(await outcomes(database, "a"), ["running", "pending", full, full]);
  await end(database, ...claimed);
  assert.equal((await claim(database)).length, 1);
  await record("a", [4, 5], 1);
  assert.deepEqual((await outcomes(database, "a")).slice(1), [
    "running",
    full,
    full,
    "pending",
    full,
  ]);
});

test("queue_all: as many wait as may, and run in their order", async (t) => {
  const { database, record } = await due(t, { a: { overlap: "queue_all", queueLimit: 2 } });
  let open: { id: string; fence: number }[] = (await record("a", [0], 1)).claimed;
  await record("a", [1], 1);
  await record("a", [2, 3, 4], 3);
  const full = "skipped: queue_full";
  assert.deepEqual(await outcomes(database, "a"), ["running", "pending", "pending", full, full]);
  const order: (Date | null)[] = [];
  while (open.length > 0) {
    await end(database, ...open);
    const next = await claim(database);
    assert.ok(next.length <= 1, "one at a time");
    order.push(...next.map(({ scheduledFor }) => scheduledFor));
    open = next;
  }
  assert.deepEqual(order, [minute(1), minute(2)]);
});

test("replace: what waits makes way at once, what runs is asked to", async (t) => {
  const { database, record } = await due(t, { a: { overlap: "replace" } });
  const { claimed, ids } = await record("a", [0], 1);
  await record("a", [1], 1);
  await record("a", [2], 1);
  const replaced = "cancelled: replaced";
  assert.deepEqual(await outcomes(database, "a"), ["running", replaced, "pending"]);
  const [old] = await database.query(
    "select cancel_reason from executions where id = $1 and cancel_requested_at is not null",
    [ids[0] ?? ""],
  );
  assert.deepEqual(old, { cancel_reason: "replaced" });
  assert.deepEqual(await claim(database), [], "not before the old one has ended");
  await end(database, ...claimed);
  assert.deepEqual(
    (await claim(database)).map(({ scheduledFor }) => scheduledFor),
    [minute(2)],
  );
});

test("replace: a repeat after a lost answer replaces the older run, and not itself", async (t) => {
  const { database, record } = await due(t, { a: { overlap: "replace" } });
  const { claimed } = await record("a", [0], 1);
  const job = await readDueJob(database, "a");
  const wanted = {
    id: randomUUIDv7(),
    jobId: job.jobId,
    trigger: "manual" as const,
    scheduledFor: null,
    parameters: null,
    triggeredBy: null,
    backfillId: null,
    admission: admissionOf({ ...DEFAULT_POLICIES, overlap: "replace" }, job),
  };
  assert.equal((await admit(database, [wanted])).length, 1);
  assert.deepEqual(await admit(database, [wanted]), [], "it is recorded already");
  assert.deepEqual(await outcomes(database, "a"), ["running", "pending"]);
  await end(database, ...claimed);
  const [next] = await claim(database);
  assert.equal(next?.id, wanted.id);
  await admit(database, [wanted]);
  const [row] = await database.query("select cancel_reason from executions where id = $1", [
    wanted.id,
  ]);
  assert.deepEqual(row, { cancel_reason: null }, "nor once it runs");
});

test("allow: any number, but one by one under a mutex", async (t) => {
  const overlap = "allow" as const;
  const { database, record } = await due(t, { a: { overlap }, b: { overlap, mutex: "m" } });
  await record("a", [0, 1, 2], 3);
  assert.deepEqual(await outcomes(database, "a"), ["running", "running", "running"]);
  await record("b", [0, 1, 2], 1);
  assert.deepEqual(await outcomes(database, "b"), ["running", "pending", "pending"]);
});

test("a mutex goes by priority, then by time, whichever job waits", async (t) => {
  const all = { overlap: "queue_all", mutex: "m" } as const;
  const { database, record } = await due(t, {
    first: all,
    old: all,
    young: all,
    high: { ...all, priority: 5 },
  });
  let open: { id: string; fence: number }[] = (await record("first", [0], 1)).claimed;
  await record("young", [3, 5], 0);
  await record("old", [2, 4], 0);
  await record("high", [6], 0);
  const order: string[] = [];
  while (open.length > 0) {
    await end(database, ...open);
    // Nobody comes before those who wait, be the key free at this moment.
    const late = await record("young", [20 + order.length], 1);
    assert.deepEqual(late.claimed, []);
    await database.query("delete from executions where id = $1", [late.ids[0] ?? ""]);
    const next = await claim(database);
    order.push(...next.map(({ jobName }) => jobName));
    open = next;
    if (order.length === 5) break;
  }
  assert.deepEqual(order, ["high", "old", "young", "old", "young"]);
});

test("caught-up runs are let in by any policy and go one after another", async (t) => {
  const { database, record } = await due(t, { a: {} });
  const job = await readDueJob(database, "a");
  const given = { trigger: "catchup", rule: "allow", status: "pending" } as const;
  const at = [minute(0), minute(1), minute(2)];
  await recordDue(database, job, { policies: {}, at, slots: 0, given });
  await record("a", [10], 1);
  assert.deepEqual((await outcomes(database, "a")).at(-1), "skipped: overlap");
  const order: (Date | null)[] = [];
  for (;;) {
    const [next, beside] = await claim(database);
    assert.equal(beside, undefined);
    if (next === undefined) break;
    order.push(next.scheduledFor);
    await markStarted(database, [next]);
    await end(database, next);
  }
  assert.deepEqual(order, at);
});
