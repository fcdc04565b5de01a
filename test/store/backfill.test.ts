import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptOutcome } from "../../src/model/execution.ts";
import type { JobPolicies } from "../../src/model/policy.ts";
import { recordBackfill } from "../../src/store/backfill.ts";
import { claimPending, markStarted } from "../../src/store/claims.ts";
import type { Claimed } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import { findOccurrence, findBlocker } from "../../src/store/occurrence.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase, untilBlocked } from "../helpers/database.ts";
import { applyJobs, commandJob, rewindClock } from "../helpers/desired.ts";
import { readDueJob, recordDue } from "../helpers/firing.ts";
import { testNode } from "../helpers/node.ts";
import { triggerByHand } from "../helpers/runs.ts";

const DUE = new Date("2026-01-01T00:00:00Z");
const minute = (n: number): Date => new Date(DUE.getTime() + n * 60_000);

/** The job `a`, which is due, with a backfill of the minutes before. */
async function backfilled(
  t: Cleanup,
  { runs, ...policies }: Partial<JobPolicies> & { runs: number },
) {
  const { database, connect } = await testDatabase(t);
  await testNode(database, "one");
  const spec = commandJob("a", policies);
  await applyJobs(database, [spec]);
  await rewindClock(database, "a", DUE);
  const job = await readDueJob(database, "a");
  const times = Array.from({ length: runs }, (_, index) => minute(index - runs));
  const request = { jobId: job.jobId, spec, times, reprocess: "none", requestedBy: "t" } as const;
  await recordBackfill(database, request);
  /** Records the occurrence of a minute; `slots` of the node are free for it. */
  const record = (at: number, slots = 1): ReturnType<typeof recordDue> =>
    recordDue(database, job, { policies, at: [minute(at)], slots });
  return { database, connect, job, record };
}

/** What became of each run: `backfill running`, `schedule skipped overlap`; in the order of time. */
async function states(database: Database): Promise<string[]> {
  const rows = await database.query<{ word: string }>(
    `select concat_ws(' ', trigger, status, reason) as word from executions
      order by scheduled_for nulls last, id`,
  );
  return rows.map(({ word }) => word);
}

/** What became of the due time of a minute. */
async function met(database: Database, at: number): Promise<string[]> {
  const rows = await database.query<{ word: string }>(
    `select concat_ws(' ', trigger, status, reason) as word from executions
      where scheduled_for = $1`,
    [minute(at)],
  );
  return rows.map(({ word }) => word);
}

async function start(database: Database, limit = 4): Promise<Claimed[]> {
  const claimed = await claimPending(database, { nodeId: "one", limit, only: null });
  await markStarted(database, claimed);
  return claimed;
}

async function end(
  database: Database,
  claims: readonly { id: string; fence: number }[],
  given: { retryAfterMs?: number } = {},
): Promise<void> {
  const status = given.retryAfterMs === undefined ? "success" : "failed";
  const outcome = attemptOutcome({ status });
  await finishExecutions(
    database,
    claims.map(({ id, fence }) => ({ id, fence, outcome, ...given })),
  );
}

const BACKFILL = "backfill pending";

for (const [name, policies] of [
  ["skip", {}],
  ["skip with a mutex", { mutex: "m" }],
  ["queue_one", { overlap: "queue_one" }],
  ["queue_all", { overlap: "queue_all", queueLimit: 1 }],
  ["replace", { overlap: "replace" }],
] as const) {
  test(`${name}: a due time that meets a backfill waits, and goes before its further runs`, async (t) => {
    const { database, record } = await backfilled(t, { ...policies, runs: 3 });
    const [first] = await start(database);
    assert.ok(first);
    await record(0);
    const running = ["backfill running", BACKFILL, BACKFILL];
    assert.deepEqual(await states(database), [...running, "schedule pending"]);
    await record(1);
    const [, , , ...met] = await states(database);
    const full = [
      "schedule pending",
      `schedule skipped ${name.startsWith("skip") ? "overlap" : "queue_full"}`,
    ];
    const replaced = ["schedule cancelled replaced", "schedule pending"];
    assert.deepEqual(met, name === "replace" ? replaced : full, "one waits");

    assert.deepEqual(await start(database), [], "nothing runs beside the backfill");
    await end(database, [first]);
    const [next, beside] = await start(database);
    assert.deepEqual([next?.trigger, beside], ["schedule", undefined]);
    assert.ok(next);
    await end(database, [next]);
    const [further] = await start(database);
    assert.equal(further?.trigger, "backfill");
  });
}

test("a backfill that waits for its next attempt is no other than one that runs", async (t) => {
  const retry = { attempts: 2, initialMs: 1, factor: 1, maxMs: 1, jitter: 0 };
  const { database, record } = await backfilled(t, { retry, runs: 1 });
  await end(database, await start(database), { retryAfterMs: 0 });
  await record(0);
  assert.deepEqual(await states(database), [BACKFILL, "schedule pending"]);
  const [again] = await start(database);
  assert.equal(again?.trigger, "backfill");
  await end(database, [again]);
  const [next] = await start(database);
  assert.equal(next?.trigger, "schedule");
});

test("what waits for a backfill counts as a run of the job, in the way of others", async (t) => {
  const { database, job, record } = await backfilled(t, { runs: 2 });
  const [first] = await start(database);
  assert.ok(first);
  assert.equal((await triggerByHand(database, "a")).status, "skipped", "by hand nothing waits");
  await record(0);
  await record(1);
  assert.deepEqual(await met(database, 1), ["schedule skipped overlap"]);
  const row = await findOccurrence(database, { jobId: job.jobId, at: minute(1) });
  assert.ok(row);
  const blocker = await findBlocker(database, row);
  assert.deepEqual(blocker?.scheduledFor, minute(0), "the one that waits, and no backfill");
  await end(database, [first]);
  await record(2);
  assert.deepEqual(await met(database, 2), ["schedule skipped overlap"], "before it is claimed");
  const [next] = await start(database);
  assert.deepEqual(next?.scheduledFor, minute(0));
  await record(3);
  assert.deepEqual(await met(database, 3), ["schedule skipped overlap"], "while it runs");
});

test("a run by hand goes before a backfill that only waits, and may wait for one that runs", async (t) => {
  for (const mutex of [null, "m"]) {
    const { database } = await backfilled(t, { runs: 3, mutex });
    assert.equal((await triggerByHand(database, "a")).status, "pending");
    const [manual] = await start(database);
    assert.equal(manual?.trigger, "manual");
    await end(database, [manual]);
    const [first] = await start(database);
    assert.equal(first?.trigger, "backfill");
    assert.equal((await triggerByHand(database, "a")).status, "skipped");
    assert.equal((await triggerByHand(database, "a", "queue_one")).status, "pending");
    await end(database, [first]);
    assert.equal((await start(database))[0]?.trigger, "manual");
  }
});

test("a backfill that only waits is in nobody's way, whatever its priority was", async (t) => {
  const { database, record } = await backfilled(t, { runs: 1 });
  await database.query("update executions set priority = 9");
  const { claimed } = await record(0);
  assert.equal(claimed.length, 1);
  await record(1);
  assert.equal((await states(database)).at(-1), "schedule skipped overlap");
});

test("a backfill that takes the key at the same moment is waited for as well", async (t) => {
  const { database, connect, record } = await backfilled(t, { runs: 1 });
  let committed = false;
  const other = await connect();
  const recorded = await other.transaction(async (tx) => {
    await tx.query("update executions set status = 'running', holds_key = true");
    const pending = record(0).finally(() => assert.ok(committed, "it waits for the claim"));
    await untilBlocked(other, 1);
    committed = true;
    return { pending };
  });
  await recorded.pending;
  assert.deepEqual(await states(database), ["backfill running", "schedule pending"]);
});

test("concurrency: a due time takes the next place that a backfill leaves", async (t) => {
  const { database, record } = await backfilled(t, { runs: 4, concurrency: 2 });
  const [first, second] = await start(database);
  assert.ok(first && second);
  await record(0);
  await record(1);
  const waiting = ["schedule pending", "schedule skipped overlap"];
  assert.deepEqual((await states(database)).slice(4), waiting);
  await end(database, [first]);
  const [next, beside] = await start(database);
  assert.deepEqual([next?.trigger, beside], ["schedule", undefined]);
  await record(2);
  assert.equal(
    (await states(database)).at(-1),
    "schedule pending",
    "the other place is a backfill's",
  );
  await end(database, [second]);
  const last = await start(database);
  assert.deepEqual(
    last.map(({ trigger }) => trigger),
    ["schedule"],
  );
  await record(3);
  assert.equal((await states(database)).at(-1), "schedule skipped overlap", "both are its own");
});
