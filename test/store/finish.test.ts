import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptOutcome } from "../../src/model/execution.ts";
import type { Claimed } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import type { FinishedAttempt } from "../../src/store/finished-attempt.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import {
  applyJob,
  attempts,
  end,
  FAILURE,
  jobA,
  startByHand,
  SUCCESS,
} from "../helpers/attempts.ts";
import { testDatabase } from "../helpers/database.ts";

/** The end of a claimed run with the line that its log gets. */
function ended(claimed: Claimed, outcome = SUCCESS): FinishedAttempt {
  const line = { at: "2026-01-02T03:04:05.678Z", level: "info", message: "Job ended" } as const;
  const { id, fence, jobId } = claimed;
  return { id, fence, jobId, outcome, line };
}

function linesOf(database: Database, { id }: Claimed): Promise<Record<string, unknown>[]> {
  return database.query(
    "select level, module, message, job_name, trace_id, timestamp from logs where execution_id = $1",
    [id],
  );
}

for (const outcome of [SUCCESS, FAILURE]) {
  test(`the last line of a ${outcome.status} run comes with its end, once`, async (t) => {
    const { database } = await testDatabase(t);
    await applyJob(database);
    const claimed = await startByHand(database);
    const { nextRun } = await jobA(database);
    for (let nth = 0; nth < 2; nth += 1) {
      const ending = (await finishExecutions(database, [ended(claimed, outcome)])).get(claimed.id);
      assert.deepEqual(ending, { retryAt: null, paused: null, told: false, nextRun });
    }
    assert.deepEqual(await linesOf(database, claimed), [
      {
        level: "INFO",
        module: "scheduler",
        message: "Job ended",
        job_name: "a",
        trace_id: claimed.traceId,
        timestamp: new Date("2026-01-02T03:04:05.678Z"),
      },
    ]);
    assert.equal((await jobA(database)).runCount, 1);
  });
}

test("an attempt that another one follows has no last line", async (t) => {
  const { database } = await testDatabase(t);
  await applyJob(database, { retry: attempts(2) });
  const claimed = await startByHand(database);
  const retried = { ...ended(claimed, FAILURE), retryAfterMs: 60_000 };
  const ending = (await finishExecutions(database, [retried])).get(claimed.id);
  assert.ok(ending?.retryAt);
  assert.deepEqual(await linesOf(database, claimed), []);
});

test("successes and failures of different jobs and of one are told apart in one call", async (t) => {
  const { database } = await testDatabase(t);
  await applyJob(database, { overlap: "allow" });
  const claims: Claimed[] = [];
  for (let nth = 0; nth < 3; nth += 1) claims.push(await startByHand(database));
  const outcomes = [SUCCESS, FAILURE, attemptOutcome({ status: "success", message: "good" })];
  const endings = await finishExecutions(
    database,
    claims.map((claimed, nth) => ended(claimed, outcomes[nth])),
  );
  assert.equal(endings.size, 3);
  const { runCount, lastStatus, lastError } = await jobA(database);
  assert.deepEqual([runCount, lastStatus, lastError], [3, "success", null]);
});

test("a success ends a row of failures, and moves the totals that SQL reads by the seeds' names", async (t) => {
  const { database } = await testDatabase(t);
  await applyJob(database, { pauseAfterFailures: 3 });
  await end(database, await startByHand(database));
  const read = `select j.run_count, j.last_status, j.last_error, j.last_run is not null as ran,
                       j.consecutive_failures as failures from scheduled_jobs j`;
  const error = "exit code 1\nno such host";
  assert.deepEqual(await database.query(read), [
    { run_count: 1, last_status: "failed", last_error: error, ran: true, failures: 1 },
  ]);
  await end(database, await startByHand(database), SUCCESS);
  assert.deepEqual(await database.query(read), [
    { run_count: 2, last_status: "success", last_error: null, ran: true, failures: 0 },
  ]);
});

test("of a job that an end pauses none of the ends with it has a next run", async (t) => {
  const { database } = await testDatabase(t);
  await applyJob(database, { overlap: "allow", pauseAfterFailures: 1 });
  const claims = [await startByHand(database), await startByHand(database)];
  const endings = await finishExecutions(
    database,
    claims.map((claimed) => ended(claimed, FAILURE)),
  );
  assert.deepEqual(
    [...endings.values()].map(({ nextRun }) => nextRun),
    [null, null],
  );
  assert.equal([...endings.values()].filter(({ paused }) => paused !== null).length, 1);
});
