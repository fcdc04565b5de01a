import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptOutcome } from "../../src/model/execution.ts";
import type { JobPolicies } from "../../src/model/policy.ts";
import { buryNode } from "../../src/store/bury.ts";
import type { Claimed } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import { readJobEvents } from "../../src/store/job-events.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase, untilBlocked } from "../helpers/database.ts";
import {
  applyJob,
  attempts,
  end,
  endOf,
  FAILURE,
  jobA,
  recordWaiting,
  startByHand,
  startDue,
  startOne,
  SUCCESS,
} from "../helpers/attempts.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";

const minute = (nth: number): Date => new Date(Date.parse("2026-01-01T00:00:00Z") + nth * 60_000);

async function pausingAfter(
  t: Cleanup,
  pauseAfterFailures: number,
  given: Partial<JobPolicies> = {},
): Promise<Database> {
  const { database } = await testDatabase(t);
  await applyJob(database, { pauseAfterFailures, ...given });
  return database;
}

async function runOnce(database: Database, nth: number, outcome = FAILURE) {
  return end(database, await startDue(database, minute(nth)), outcome);
}

async function clockOf(database: Database) {
  const [clock] = await database.query<{
    next_run: Date | null;
    next_effective: Date | null;
    generation: number;
  }>("select next_run, next_effective, generation from job_clock");
  assert.ok(clock);
  return clock;
}

test("failures in a row pause the job at the limit: no next run, and why", async (t) => {
  const database = await pausingAfter(t, 3);
  assert.equal((await runOnce(database, 1))?.paused, null);
  assert.equal((await runOnce(database, 2))?.paused, null);
  const { generation } = await clockOf(database);
  const ending = await runOnce(database, 3);
  const sentence = "paused after 3 failures in a row: exit code 1";
  assert.equal(ending?.paused, sentence);
  const job = await jobA(database);
  assert.deepEqual(
    [job.runtimeStatus, job.crashed, job.nextRun, job.enabled, job.override],
    ["crashed", sentence, null, true, null],
  );
  assert.ok(job.pausedAt);
  const clock = await clockOf(database);
  assert.deepEqual([clock.next_run, clock.next_effective], [null, null]);
  assert.ok(clock.generation > generation, "what a clock has computed is not written any more");
  const events = await readJobEvents(database, job.id);
  const last = events.at(-1);
  assert.deepEqual([last?.kind, last?.schedule, last?.reason], ["paused", null, sentence]);
});

test("a success begins the count anew; cancelled and backfilled runs do not count", async (t) => {
  const database = await pausingAfter(t, 2);
  await runOnce(database, 1);
  await runOnce(database, 2, SUCCESS);
  await runOnce(database, 3);
  const cancelled = attemptOutcome({ status: "cancelled", reason: "cancel_requested" });
  await runOnce(database, 4, cancelled);
  const backfill = await startDue(database, minute(5));
  await database.query(
    "update executions set trigger = 'backfill', backfill_id = 'b' where id = $1",
    [backfill.id],
  );
  await end(database, backfill);
  assert.equal((await jobA(database)).pausedAt, null);
  assert.ok((await runOnce(database, 6))?.paused);
});

test("an execution counts once, however many attempts it had", async (t) => {
  const database = await pausingAfter(t, 2, { retry: attempts(3) });
  await end(database, await startDue(database, minute(1)));
  await end(database, await startOne(database));
  await end(database, await startOne(database));
  assert.equal((await jobA(database)).pausedAt, null);
});

test("one failure may be enough, and an abandoned run is one", async (t) => {
  const database = await pausingAfter(t, 1);
  await startDue(database, minute(1));
  const [lost] = await buryNode(database, "node", { reason: "node_died", onlyExpired: false });
  assert.equal(lost?.paused, "paused after 1 failure: abandoned: node_died");
});

test("several ends in one statement count in their order", async (t) => {
  const database = await pausingAfter(t, 2, { overlap: "allow" });
  const claims: Claimed[] = [];
  for (let nth = 0; nth < 4; nth += 1) claims.push(await startByHand(database));
  const finish = (outcomes: (typeof FAILURE)[]) =>
    finishExecutions(
      database,
      outcomes.flatMap((outcome) => {
        const claimed = claims.shift();
        return claimed === undefined ? [] : [{ ...claimed, outcome }];
      }),
    );
  const first = await finish([FAILURE, SUCCESS, FAILURE]);
  assert.deepEqual(
    [...first.values()].map(({ paused }) => paused),
    [null, null, null],
    "one failure since the success",
  );
  const [second] = (await finish([FAILURE])).values();
  assert.match(second?.paused ?? "", /^paused after 2 failures in a row/);
});

test("what waits by the clock is cancelled, what runs or was asked for is not", async (t) => {
  const database = await pausingAfter(t, 1, { overlap: "allow", retry: attempts(2) });
  const failing = await startDue(database, minute(1));
  const running = await startDue(database, minute(2));
  const retrying = await startDue(database, minute(3));
  await end(database, retrying, FAILURE, 60_000);
  const waiting = await recordWaiting(database, minute(4));
  const { id, fence } = failing;
  const endings = await finishExecutions(database, [{ id, fence, outcome: FAILURE }]);
  assert.ok(endings.get(id)?.paused);
  assert.deepEqual(await endOf(database, waiting), ["cancelled", "paused"]);
  assert.deepEqual(await endOf(database, retrying.id), ["cancelled", "paused"]);
  assert.deepEqual(await endOf(database, running.id), ["running", null]);
  assert.equal((await end(database, running))?.retryAt, null, "nothing of a paused job goes on");
  const byHand = await startByHand(database);
  await end(database, byHand, SUCCESS);
  assert.deepEqual(await endOf(database, byHand.id), ["success", null], "it may be tried by hand");
  assert.ok((await jobA(database)).pausedAt, "which does not resume it");
});

test("an end that begins to wait while its job is paused does not stay waiting", async (t) => {
  const { database, connect } = await testDatabase(t);
  await applyJob(database, { pauseAfterFailures: 1, overlap: "allow", retry: attempts(2) });
  const failing = await startDue(database, minute(1));
  const retrying = await startDue(database, minute(2));
  const others = await Promise.all([connect(), connect()]);
  const ends = await database.transaction(async (tx) => {
    await tx.query("select from scheduled_jobs for update");
    const retry = end(others[0], retrying);
    await untilBlocked(database, 1);
    const { id, fence } = failing;
    const pause = finishExecutions(others[1], [{ id, fence, outcome: FAILURE }]);
    await untilBlocked(database, 2);
    return { retry, pause };
  });
  await Promise.all([ends.retry, ends.pause]);
  assert.ok((await jobA(database)).pausedAt);
  const [status] = await endOf(database, retrying.id);
  assert.ok(status === "cancelled" || status === "failed", `${status}`);
});

test("enable resumes from now, and says so", async (t) => {
  const database = await pausingAfter(t, 1);
  await runOnce(database, 1);
  const resumed = await overrideJob(database, "a", { enabled: true, by: "ann", reason: "mended" });
  assert.deepEqual(
    [resumed?.runtimeStatus, resumed?.crashed, resumed?.pausedAt, resumed?.override],
    ["running", null, null, null],
  );
  assert.ok(resumed?.nextRun && resumed.nextRun > new Date(Date.now() - 60_000));
  const events = await readJobEvents(database, resumed.id);
  const last = events.at(-1);
  assert.deepEqual([last?.kind, last?.doneBy, last?.reason], ["resumed", "ann", "mended"]);
  assert.ok(last?.schedule);
  assert.ok((await runOnce(database, 2))?.paused, "the count began anew, and the limit is 1");
});

test("a change of the job resumes it too; the same file again does not", async (t) => {
  const database = await pausingAfter(t, 1);
  await runOnce(database, 1);
  const { plan } = await applyJobs(database, [commandJob("a", { pauseAfterFailures: 1 })]);
  const { pausedAt, anchor, crashed } = await jobA(database);
  assert.ok(pausedAt);
  const shown = { name: "a", at: pausedAt.toISOString(), reason: crashed, resumes: false };
  assert.deepEqual(plan.paused, [shown], "and is shown with what keeps it from running");
  await applyJobs(database, [commandJob("a", { pauseAfterFailures: 1, description: "mended" })]);
  const job = await jobA(database);
  assert.deepEqual(
    job.anchor,
    anchor,
    "an interval keeps its beat, and its past can be backfilled",
  );
  assert.deepEqual([job.pausedAt, job.crashed, job.runtimeStatus], [null, null, "running"]);
  assert.ok(job.nextRun);
});

test("who disables a paused job wants it to rest: then it is paused no more", async (t) => {
  const database = await pausingAfter(t, 1);
  await runOnce(database, 1);
  const job = await overrideJob(database, "a", { enabled: false, by: "ann", reason: null });
  assert.deepEqual([job?.enabled, job?.pausedAt, job?.crashed], [false, null, null]);
  assert.equal(job?.nextRun, null);
});

test("without a limit no number of failures pauses a job", async (t) => {
  const { database } = await testDatabase(t);
  await applyJob(database);
  for (const nth of [1, 2, 3, 4, 5]) assert.equal((await runOnce(database, nth))?.paused, null);
});
