import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSchedule } from "../../src/model/job.ts";
import type { Database } from "../../src/store/connection.ts";
import { readJobEvents } from "../../src/store/job-events.ts";
import { findJob, findJobId } from "../../src/store/jobs.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import { testDatabase, untilBlocked } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { schemaBefore } from "../helpers/old-schema.ts";

const yearly: JobSchedule = { type: "cron", expression: "0 0 1 1 *", timezone: "UTC" };

async function eventsOf(database: Database, name: string) {
  const id = await findJobId(database, name);
  assert.ok(id);
  return readJobEvents(database, id);
}

test("a change holds from the instant at which no clock goes by the old schedule any more", async (t) => {
  const { database, connect: connectAgain } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const other = await connectAgain(1);
  const taken = Promise.withResolvers<void>();
  const clock = other.transaction(async (tx) => {
    await tx.query("select from job_clock for update");
    taken.resolve();
    await untilBlocked(database, 1);
    const [row] = await tx.query<{ now: Date }>("select clock_timestamp() as now");
    return row?.now;
  });
  await taken.promise;
  await applyJobs(database, [commandJob("a", { schedule: yearly })]);
  const recordedAt = await clock;
  const last = (await eventsOf(database, "a")).at(-1);
  assert.equal(last?.kind, "changed");
  assert.ok(
    recordedAt !== undefined && last.at >= recordedAt,
    `${last.at.toISOString()} is before`,
  );
});

test("each decision about a job is kept, and what changes no due time is none", async (t) => {
  const { database } = await testDatabase(t);
  const git = { commit: "c0ffee", author: "Ann <ann@x>", subject: "Add it", dirty: false };
  await applyJobs(database, [commandJob("a")], { git, nodeId: "node" });
  await applyJobs(database, [commandJob("a", { graceMs: 1 })]);
  await overrideJob(database, "a", { enabled: false, by: "bob", reason: "holidays" });
  await overrideJob(database, "a", { enabled: false, by: "eve", reason: "again" });
  await applyJobs(database, [commandJob("a", { schedule: yearly })]);
  await overrideJob(database, "a", { enabled: true, by: "bob", reason: null });
  const { nextRun, anchor } = (await findJob(database, "a")) ?? {};
  await applyJobs(database, [commandJob("a", { schedule: null })]);
  await applyJobs(database, [], { allowPrune: true });
  await applyJobs(database, [commandJob("a", { enabled: false })]);

  const events = await eventsOf(database, "a");
  assert.deepEqual(
    events.map(({ kind, schedule, doneBy, revision }) => [
      kind,
      schedule?.type === "cron" ? schedule.expression : null,
      doneBy,
      revision,
    ]),
    [
      ["registered", "* * * * *", "test", 1],
      ["disabled", null, "bob", null],
      ["enabled", "0 0 1 1 *", "bob", null],
      ["changed", null, "test", 4],
      ["removed", null, "test", 5],
      ["disabled", null, "test", 6],
    ],
  );
  const [first, second, third] = events;
  assert.deepEqual(
    [first?.gitAuthor, first?.gitSubject, first?.nodeId],
    ["Ann <ann@x>", "Add it", "node"],
  );
  assert.equal(second?.reason, "holidays");
  assert.equal(third?.anchor?.getTime(), anchor?.getTime());
  assert.ok(nextRun && third && third.at < nextRun);
});

test("an apply that fails leaves no event", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const id = await findJobId(database, "a");
  assert.ok(id);
  // Said after the event was written, in the same transaction.
  await database.query("alter table config_revisions add check (changes is null) not valid");
  await assert.rejects(applyJobs(database, [commandJob("a", { schedule: yearly })]));
  assert.deepEqual(
    (await readJobEvents(database, id)).map(({ kind }) => kind),
    ["registered"],
  );
});

test("many jobs are registered with their events", async (t) => {
  const { database } = await testDatabase(t);
  const jobs = Array.from({ length: 1_000 }, (_, index) => commandJob(`job-${index}`));
  await applyJobs(database, jobs, { configHash: "many" });
  const [count] = await database.query<{ n: number }>(
    "select count(*) as n from job_events where kind = 'registered' and schedule is not null",
  );
  assert.equal(count?.n, 1_000);
});

test("jobs of before the ledger have the decision that holds", async (t) => {
  await using old = await schemaBefore(t, "0003");
  const { database } = old;
  await database.query(
    `insert into config_revisions (config_hash, source, config_file, settings, summary, applied_by)
     values ('h', '', 'f', '{}', '{}', 'ann')`,
  );
  const spec = JSON.stringify({ schedule: yearly });
  const insert = `insert into scheduled_jobs
      (id, job_name, schedule, enabled, spec, spec_hash, revision_id, override_enabled, override_by,
       override_reason, override_at, removed_at)
    values ($1, $1, '', $2, $3::text::jsonb, 'h', 1, $4, $5, $6, $7, $8)`;
  const at = "2026-01-01T00:00:00.000Z";
  await database.query(insert, ["a", true, spec, null, null, null, null, null]);
  await database.query(insert, ["b", false, spec, false, "bob", "why", at, null]);
  await database.query(insert, ["c", false, spec, null, null, null, null, at]);
  await database.query("insert into job_clock (job_id, anchor) select id, $1 from scheduled_jobs", [
    at,
  ]);
  await old.upgrade();
  const found = await Promise.all(["a", "b", "c"].map((id) => readJobEvents(database, id)));
  assert.deepEqual(
    found.flat().map((event) => [event.kind, event.at.toISOString(), event.doneBy, event.revision]),
    [
      ["registered", at, "ann", 1],
      ["disabled", at, "bob", null],
      ["removed", at, "ann", 1],
    ],
  );
  assert.deepEqual(found[0]?.[0]?.schedule, yearly);
});
