import assert from "node:assert/strict";
import { test } from "node:test";
import { findExecution } from "../../src/store/executions.ts";
import { findJob } from "../../src/store/jobs.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import { testDatabase, untilBlocked } from "../helpers/database.ts";
import { applyJobs, commandJob, rewindClock } from "../helpers/desired.ts";
import { triggerByHand } from "../helpers/runs.ts";

const by = { by: "ann", reason: "why" };
const yearly = (month: number) =>
  ({ type: "cron", expression: `0 0 1 ${month} *`, timezone: "UTC" }) as const;

test("a disabled job rests, an enabled one starts from now, and the file's own word is no override", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  await rewindClock(database, "a", new Date("2026-01-01T00:00:00Z"));
  const disabled = await overrideJob(database, "a", { enabled: false, ...by });
  assert.deepEqual([disabled?.enabled, disabled?.nextRun], [false, null]);
  assert.deepEqual([disabled?.override?.by, disabled?.override?.reason], ["ann", "why"]);

  const manual = await triggerByHand(database, "a");
  assert.equal((await findExecution(database, manual.id))?.status, "pending", "by hand it may run");

  const enabled = await overrideJob(database, "a", { enabled: true, ...by });
  assert.deepEqual([enabled?.enabled, enabled?.override, enabled?.open], [true, null, 1]);
  assert.ok((enabled?.nextRun?.getTime() ?? 0) > Date.now() - 1_000, "it has no past");
  assert.equal(await overrideJob(database, "nobody", { enabled: true, ...by }), null);
});

test("an override that waits for an apply takes the schedule of that apply", async (t) => {
  const { database, connect } = await testDatabase(t);
  const other = await connect();
  await applyJobs(database, [commandJob("a", { schedule: yearly(2), enabled: false })]);
  // The override has found the job and waits for its row while the file changes.
  const held = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holding = other.transaction(async (tx) => {
    await tx.query("select from scheduled_jobs for update");
    held.resolve();
    await release.promise;
    const spec = commandJob("a", { schedule: yearly(7), enabled: false });
    await tx.query("update scheduled_jobs set spec = $1::text::jsonb", [JSON.stringify(spec)]);
  });
  await held.promise;
  const overriding = overrideJob(database, "a", { enabled: true, ...by });
  await untilBlocked(database, 1);
  release.resolve();
  await holding;
  await overriding;
  assert.equal((await findJob(database, "a"))?.nextRun?.getUTCMonth(), 6);
});

test("an edit of a job that somebody enabled against the file leaves what waits and runs of it", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a", { enabled: false })]);
  await overrideJob(database, "a", { enabled: true, ...by });
  const { id } = await triggerByHand(database, "a");
  await database.query("update executions set trigger = 'schedule'");
  const edited = commandJob("a", { enabled: false, description: "edited" });
  const { plan } = await applyJobs(database, [edited]);
  assert.match(plan.changes[0]?.live.effect ?? "", /1 run is waiting and will use/);
  assert.equal((await findExecution(database, id))?.status, "pending");

  // Without the override the same edit cancels it.
  await overrideJob(database, "a", { enabled: false, ...by });
  assert.equal((await findExecution(database, id))?.reason, "disabled");
});
