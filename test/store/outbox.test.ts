import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptOutcome } from "../../src/model/execution.ts";
import type { JobPolicies } from "../../src/model/policy.ts";
import type { Database } from "../../src/store/connection.ts";
import { endPastDeadline } from "../../src/store/deadline.ts";
import {
  claimNotices,
  giveUpNotices,
  settleNotice,
  untilNextNotice,
} from "../../src/store/outbox.ts";
import type { ClaimedNotice } from "../../src/store/outbox.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase } from "../helpers/database.ts";
import {
  applyJob,
  attempts,
  end,
  FAILURE,
  recordWaiting,
  startByHand,
  startDue,
  startOne,
  SUCCESS,
} from "../helpers/attempts.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";

const HOOK = { type: "command", command: ["./alert.sh"] } satisfies JobPolicies["onFailure"];
const DUE = new Date("2026-01-01T00:00:00Z");
const CLAIM = { nodeId: "node", limit: 9, holdMs: 60_000, tries: 5 };

async function withHook(t: Cleanup, given: Partial<JobPolicies> = {}): Promise<Database> {
  const { database } = await testDatabase(t);
  await applyJob(database, { onFailure: HOOK, ...given });
  return database;
}

/** What the outbox holds, taken by the node. */
const takeAll = (database: Database): Promise<ClaimedNotice[]> => claimNotices(database, CLAIM);

async function takeOne(database: Database): Promise<ClaimedNotice> {
  const [notice] = await takeAll(database);
  assert.ok(notice);
  return notice;
}

test("a failure is told with all that is known of it", async (t) => {
  const database = await withHook(t);
  const claimed = await startDue(database, DUE);
  assert.equal((await end(database, claimed))?.told, true);
  const { payload, ...notice } = await takeOne(database);
  assert.deepEqual(
    [notice.id, notice.kind, notice.jobName, notice.executionId, notice.traceId, notice.tries],
    [`${claimed.id}:failed`, "failed", "a", claimed.id, claimed.traceId, 1],
  );
  assert.deepEqual(notice.spec.onFailure, HOOK);
  const { started_at: started, finished_at: finished, ...facts } = payload;
  assert.deepEqual(facts, {
    event: "failed",
    job: "a",
    execution_id: claimed.id,
    status: "failed",
    reason: "exit_code",
    error: FAILURE.error,
    trigger: "schedule",
    scheduled_for: DUE.toISOString(),
    due_at: DUE.toISOString(),
    attempt: 1,
    max_attempts: 1,
    node_id: "node",
  });
  for (const instant of [started, finished]) {
    assert.match(JSON.stringify(instant), /^"\d{4}-.*\.\d{3}Z"$/);
  }
});

test("successes, cancelled runs, and attempts that others follow are not told", async (t) => {
  const database = await withHook(t, { retry: attempts(2) });
  await end(database, await startByHand(database), SUCCESS);
  const cancelled = attemptOutcome({ status: "cancelled", reason: "cancel_requested" });
  await end(database, await startByHand(database), cancelled);
  assert.equal((await end(database, await startByHand(database)))?.told, false);
  assert.deepEqual(await takeAll(database), []);
  await end(database, await startOne(database));
  assert.equal((await takeAll(database)).length, 1);
});

test("what a stop of the scheduler cut is told where no other attempt does its work, and is no failure", async (t) => {
  const database = await withHook(t, { retry: attempts(2), pauseAfterFailures: 1 });
  const cut = attemptOutcome({ status: "cancelled", reason: "shutdown" });
  await end(database, await startByHand(database), cut);
  assert.deepEqual(await takeAll(database), [], "it is tried again");
  assert.equal((await end(database, await startOne(database), cut))?.paused, null);
  const { kind, payload } = await takeOne(database);
  assert.deepEqual(
    [kind, payload["status"], payload["reason"]],
    ["failed", "cancelled", "shutdown"],
  );
  const [job] = await database.query("select consecutive_failures as failures from scheduled_jobs");
  assert.equal(job?.["failures"], 0);
});

test("a job without a hook tells nothing", async (t) => {
  const database = await withHook(t, { onFailure: null });
  await end(database, await startByHand(database));
  assert.deepEqual(await takeAll(database), []);
});

test("a pause is told beside the failure that led to it; a passed deadline is a failure", async (t) => {
  const database = await withHook(t, { pauseAfterFailures: 2, deadlineMs: 60_000 });
  await end(database, await startByHand(database));
  await recordWaiting(database, DUE);
  await database.query("update executions set deadline_at = clock_timestamp()");
  const [ended] = await endPastDeadline(database);
  assert.ok(ended?.told && ended.paused);
  const notices = await takeAll(database);
  const told = notices.map(({ kind, payload }) => `${kind}: ${JSON.stringify(payload["reason"])}`);
  assert.deepEqual(
    new Set(told),
    new Set(['failed: "deadline"', 'failed: "exit_code"', 'paused: "deadline"']),
  );
  assert.equal(told.length, 3);
});

test("two nodes that look at once take it once", async (t) => {
  const { database, connect } = await testDatabase(t);
  await applyJob(database, { onFailure: HOOK, overlap: "allow" });
  for (let nth = 0; nth < 20; nth += 1) await end(database, await startByHand(database));
  const others = await Promise.all([connect(), connect(), connect()]);
  const taken = await Promise.all(
    others.map((other) => claimNotices(other, { ...CLAIM, limit: 20 })),
  );
  const ids = taken.flat().map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const rest = await claimNotices(database, { ...CLAIM, limit: 20 });
  assert.equal(ids.length + rest.length, 20);
});

test("what a node took and left is taken again when its time is over", async (t) => {
  const database = await withHook(t);
  await end(database, await startByHand(database));
  const [lost] = await claimNotices(database, { ...CLAIM, holdMs: 0 });
  const again = await takeOne(database);
  assert.deepEqual([lost?.tries, again.tries], [1, 2]);
  assert.ok(lost);
  await settleNotice(database, lost, { type: "given_up", error: "late word" });
  await settleNotice(database, again, { type: "told" });
  const [row] = await database.query("select sent_at, failed_at, error from outbox");
  assert.ok(row?.["sent_at"]);
  assert.deepEqual([row["failed_at"], row["error"]], [null, null], "the first had lost it");
  await settleNotice(database, again, { type: "again", afterMs: 0, error: "a repeat" });
  assert.deepEqual(await takeAll(database), []);
});

test("a try that failed is followed by another after its pause; the last is the last", async (t) => {
  const database = await withHook(t);
  await end(database, await startByHand(database));
  const first = await takeOne(database);
  await settleNotice(database, first, { type: "again", afterMs: 30_000, error: "no such host" });
  assert.deepEqual(await takeAll(database), []);
  const untilMs = await untilNextNotice(database, { withinMs: 60_000 });
  assert.ok(untilMs > 25_000 && untilMs <= 30_000, `${untilMs}`);
  await database.query("update outbox set available_at = clock_timestamp()");
  await settleNotice(database, await takeOne(database), { type: "released" });
  const third = await takeOne(database);
  assert.equal(third.tries, 2, "what was not tried to its end is no try");
  await settleNotice(database, third, { type: "given_up", error: "no such host" });
  const [row] = await database.query("select failed_at, error from outbox");
  assert.ok(row?.["failed_at"]);
  assert.equal(row["error"], "no such host");
  assert.deepEqual(await takeAll(database), []);
});

test("a last try that nobody reported is given up, not tried for ever", async (t) => {
  const database = await withHook(t);
  const claimed = await startByHand(database);
  const { id } = claimed;
  await end(database, claimed);
  for (let tries = 1; tries <= 5; tries += 1) {
    assert.equal((await claimNotices(database, { ...CLAIM, holdMs: 0 }))[0]?.tries, tries);
  }
  assert.deepEqual(await takeAll(database), []);
  assert.deepEqual(await giveUpNotices(database, 5), [
    { id: `${id}:failed`, kind: "failed", jobName: "a" },
  ]);
  assert.deepEqual(await giveUpNotices(database, 5), []);
});

test("the hook that the job has by now is the one that tells", async (t) => {
  const database = await withHook(t);
  await end(database, await startByHand(database));
  const mended = { type: "command", command: ["./mended.sh"] } as const;
  const onFailure = { ...mended, command: [...mended.command] };
  await applyJobs(database, [commandJob("a", { onFailure })]);
  assert.deepEqual((await takeOne(database)).spec.onFailure, onFailure);
});
