import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobPolicies } from "../../src/model/policy.ts";
import { claimPending } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { takeLate, untilNextLimit } from "../../src/store/late.ts";
import { claimNotices } from "../../src/store/outbox.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase } from "../helpers/database.ts";
import {
  applyJob,
  end,
  recordWaiting,
  startByHand,
  startOne,
  SUCCESS,
} from "../helpers/attempts.ts";

const HOUR_MS = 3_600_000;
const ago = (ms: number): Date => new Date(Date.now() - ms);

async function lateAfter(t: Cleanup, given: Partial<JobPolicies> = {}): Promise<Database> {
  const { database } = await testDatabase(t);
  await applyJob(database, { lateAfterMs: 60_000, ...given });
  return database;
}

const idsOf = async (database: Database): Promise<string[]> =>
  (await takeLate(database)).map(({ id }) => id);

test("what has not started after its time is late, and told once", async (t) => {
  const database = await lateAfter(t);
  const dueAt = ago(HOUR_MS);
  const id = await recordWaiting(database, dueAt);
  const [late] = await takeLate(database);
  assert.deepEqual(
    [late?.id, late?.jobName, late?.dueAt, late?.scheduledFor, late?.startedAt],
    [id, "a", dueAt, dueAt, null],
  );
  assert.ok((late?.lateMs ?? 0) >= HOUR_MS - 1_000);
  assert.deepEqual(await takeLate(database), []);
});

test("what starts in time is never late", async (t) => {
  const database = await lateAfter(t);
  await recordWaiting(database, ago(1_000));
  const untilMs = await untilNextLimit(database);
  assert.ok(untilMs !== null && untilMs > 50_000 && untilMs <= 60_000, `${untilMs}`);
  await startOne(database);
  assert.equal(await untilNextLimit(database), null);
  assert.deepEqual(await idsOf(database), []);
});

test("what started too late is told with its start", async (t) => {
  const database = await lateAfter(t);
  const id = await recordWaiting(database, ago(HOUR_MS));
  await startOne(database);
  const [late] = await takeLate(database);
  assert.equal(late?.id, id);
  assert.ok(late.startedAt);
});

test("what was recorded too late to start is told; what was skipped in time is not", async (t) => {
  const database = await lateAfter(t);
  const missed = await recordWaiting(database, ago(2 * HOUR_MS), {
    status: "skipped",
    reason: "missed",
  });
  const id = await recordWaiting(database, ago(HOUR_MS));
  const overlapped = await recordWaiting(database, ago(HOUR_MS / 2));
  const [row] = await database.query("select reason from executions where id = $1", [overlapped]);
  assert.equal(row?.["reason"], "overlap");
  assert.deepEqual(new Set(await idsOf(database)), new Set([missed, id]));
  assert.equal(await untilNextLimit(database), null);
});

test("a claim that has not started is as late as if it waited", async (t) => {
  const database = await lateAfter(t);
  const id = await recordWaiting(database, ago(HOUR_MS));
  await claimPending(database, { nodeId: "node", limit: 1, only: null });
  assert.deepEqual(await idsOf(database), [id]);
});

test("a run by hand, and a job that nobody asked about, are never late", async (t) => {
  const database = await lateAfter(t);
  await end(database, await startByHand(database), SUCCESS);
  await applyJob(database, { lateAfterMs: null });
  await recordWaiting(database, ago(HOUR_MS));
  assert.deepEqual(await idsOf(database), []);
});

test("lateness is told to the hook of the job, beside all else", async (t) => {
  const onFailure = { type: "command", command: ["./alert.sh"] } satisfies JobPolicies["onFailure"];
  const database = await lateAfter(t, { onFailure });
  const id = await recordWaiting(database, ago(HOUR_MS));
  await takeLate(database);
  const claim = { nodeId: "node", limit: 9, holdMs: 60_000, tries: 5 };
  const [notice, ...others] = await claimNotices(database, claim);
  assert.deepEqual([notice?.id, notice?.kind, others], [`${id}:late`, "late", []]);
  assert.deepEqual([notice?.payload["event"], notice?.payload["status"]], ["late", "pending"]);
});

test("two nodes that look at once tell it once", async (t) => {
  const { database, connect } = await testDatabase(t);
  await applyJob(database, { lateAfterMs: 60_000, overlap: "allow" });
  for (let nth = 1; nth <= 20; nth += 1) await recordWaiting(database, ago(nth * HOUR_MS));
  const others = await Promise.all([connect(), connect()]);
  const found = (await Promise.all(others.map((other) => idsOf(other)))).flat();
  const rest = await idsOf(database);
  assert.equal(new Set([...found, ...rest]).size, found.length + rest.length);
  assert.equal(found.length + rest.length, 20);
});
