import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import { spreadOffsetMs } from "../../src/schedule/spread.ts";
import { fire } from "../../src/store/clock.ts";
import type { Database } from "../../src/store/connection.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import { triggerJob } from "../../src/store/trigger.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase, untilBlocked } from "../helpers/database.ts";
import { applyJobs, commandJob, rewindClock } from "../helpers/desired.ts";
import { moveTo, occurrence, readDueJob, recordDue } from "../helpers/firing.ts";
import { testNode } from "../helpers/node.ts";
import { claimOne, triggerByHand } from "../helpers/runs.ts";

const DUE = new Date("2026-01-01T00:00:00Z");
const NEXT = new Date("2026-01-01T00:01:00Z");

async function dueJob(t: Cleanup, given: Partial<JobSpec> = {}) {
  const made = await testDatabase(t);
  await testNode(made.database, "one");
  await applyJobs(made.database, [commandJob("a", given)]);
  await rewindClock(made.database, "a", DUE);
  return { ...made, job: await readDueJob(made.database, "a") };
}

async function clockOf(database: Database): Promise<Record<string, unknown>> {
  const [row] = await database.query("select * from job_clock");
  assert.ok(row);
  return row;
}

const states = (database: Database): Promise<{ word: string }[]> =>
  database.query("select concat_ws(': ', status, reason) as word from executions order by id");

const daily = { type: "cron", expression: "0 0 * * *", timezone: "UTC" } as const;

test("what was computed from one spec is not written for another", async (t) => {
  const { database, job } = await dueJob(t);
  const changed = commandJob("a", { timeoutMs: 1_000 });
  await applyJobs(database, [changed]);
  const move = moveTo(job, NEXT);
  const fired = await fire(database, { moves: [move], rows: [occurrence(job)], nodeId: "one" });
  assert.equal(fired.moved.size, 0);
  assert.deepEqual(await states(database), []);
  assert.deepEqual((await readDueJob(database, "a")).nextRun, DUE, "the job is still due");
});

test("the next run is due later by the job's part of its spread, wherever it is written", async (t) => {
  const { database } = await testDatabase(t);
  const spreadMs = 3_600_000;
  const offsetMs = spreadOffsetMs("a", spreadMs);
  assert.ok(offsetMs > 0);
  const offset = async (): Promise<number> => {
    const { next_run: run, next_effective: effective } = await clockOf(database);
    assert.ok(run instanceof Date && effective instanceof Date);
    return effective.getTime() - run.getTime();
  };
  await applyJobs(database, [commandJob("a", { schedule: daily })]);
  assert.equal(await offset(), 0);
  const before = await clockOf(database);
  await applyJobs(database, [commandJob("a", { schedule: daily, spreadMs })]);
  assert.equal(await offset(), offsetMs, "a change of the spread alone");
  assert.deepEqual((await clockOf(database))["next_run"], before["next_run"]);
  for (const enabled of [false, true]) {
    await overrideJob(database, "a", { enabled, by: "ann", reason: null });
  }
  assert.equal(await offset(), offsetMs, "enabled again");
});

test("who comes between a look at a key and its insertion gets it: the other waits", async (t) => {
  const { database, job, connect } = await dueJob(t, { overlap: "queue_all" });
  const [locking, watching] = [await connect(), await connect()];
  const committed = Promise.withResolvers<void>();
  const inserted = Promise.withResolvers<void>();
  const faster = locking.transaction(async (tx) => {
    await tx.query(
      `insert into executions (id, job_id, job_name, trigger, available_at, status, exclusive_key,
           holds_key, trace_id)
       values ($1, $2, 'a', 'manual', clock_timestamp(), 'running', $2, true, 'x')`,
      [randomUUIDv7(), job.jobId],
    );
    inserted.resolve();
    await committed.promise;
  });
  await inserted.promise;
  const firing = recordDue(database, job, {
    policies: { overlap: "queue_all" },
    at: [DUE],
    slots: 1,
  });
  await untilBlocked(watching, 1);
  committed.resolve();
  await faster;
  const { claimed, beaten, waiting, ids } = await firing;
  assert.deepEqual([claimed, beaten, waiting], [[], ids, true]);
  assert.deepEqual(await states(database), [{ word: "running" }, { word: "pending" }]);
});

test("a run by hand keeps to the policy of its job, or to that it is given", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "one");
  const overlap = "queue_one" as const;
  await applyJobs(database, [commandJob("a", { overlap, schedule: null })]);
  await triggerByHand(database, "a");
  await claimOne(database, "one");
  const ask = async (given: Parameters<typeof triggerByHand>[2]): Promise<string> => {
    const { id } = await triggerByHand(database, "a", given);
    const [row] = await database.query<{ word: string }>(
      "select concat_ws(': ', status, reason) as word from executions where id = $1",
      [id],
    );
    return row?.word ?? "none";
  };
  assert.equal(await ask(null), "pending");
  assert.equal(await ask(null), "skipped: queue_full");
  assert.equal(await ask("skip"), "skipped: overlap");
  assert.equal(await ask("queue_all"), "pending");
  assert.equal(await ask("allow"), "pending");
  assert.equal((await claimOne(database, "one")).trigger, "manual", "beside the one that runs");
  assert.equal(await ask("replace"), "pending");
  const words = (await states(database)).map(({ word }) => word);
  assert.equal(words.filter((word) => word === "cancelled: replaced").length, 2);
});

test("a run by hand of a job that allows all is skipped only if somebody says so", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a", { overlap: "allow", schedule: null })]);
  const statuses: string[] = [];
  for (const overlap of [null, null, "skip"] as const) {
    statuses.push((await triggerByHand(database, "a", overlap)).status);
  }
  assert.deepEqual(statuses, ["pending", "pending", "skipped"]);
});

test("a trigger for a job that is not there records nothing", async (t) => {
  const { database } = await testDatabase(t);
  const request = { jobId: "none", parameters: null, triggeredBy: "t", overlap: null };
  await triggerJob(database, { ...request, trigger: "manual" });
  assert.deepEqual(await states(database), []);
});
