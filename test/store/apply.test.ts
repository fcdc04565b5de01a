import assert from "node:assert/strict";
import { test } from "node:test";
import { findJob, listJobs } from "../../src/store/jobs.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import { listRevisions } from "../../src/store/revisions.ts";
import { triggerJob } from "../../src/store/trigger.ts";
import { findExecution } from "../../src/store/executions.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";

test("a new job is registered from now on", async (t) => {
  const { database } = await testDatabase(t);
  const { plan, revision } = await applyJobs(database, [commandJob("a")]);
  assert.equal(plan.summary.create, 1);
  assert.equal(revision, 1);
  const job = await findJob(database, "a");
  assert.ok(job?.nextRun && job.nextRun > job.createdAt);
  assert.equal(job.schedule, "* * * * *");
  const [row] = await database.query<{ next: Date }>(
    "select j.next_run as next from scheduled_jobs j",
  );
  assert.deepEqual(row?.next, job.nextRun, "the seeds' column reads the clock");
});

test("the same config applied again is the same revision and touches nothing", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const before = await database.query("select * from scheduled_jobs, job_clock");
  const again = await applyJobs(database, [commandJob("a")]);
  assert.equal(again.revision, 1);
  assert.deepEqual(await database.query("select * from scheduled_jobs, job_clock"), before);
});

test("what was applied before it was committed names the commit that has it since", async (t) => {
  const { database } = await testDatabase(t);
  const apply = async (commit: string, dirty: boolean): Promise<unknown[]> => {
    const git = { commit, author: "Ann", subject: `did ${commit}`, dirty };
    const { revision } = await applyJobs(database, [commandJob("a")], { git });
    const [latest] = await listRevisions(database, 1);
    return [revision, latest?.gitCommit, latest?.gitDirty, latest?.gitSubject];
  };
  assert.deepEqual(await apply("one", true), [1, "one", true, "did one"]);
  assert.deepEqual(await apply("one", true), [1, "one", true, "did one"]);
  assert.deepEqual(await apply("two", false), [1, "two", false, "did two"]);
  assert.deepEqual(await apply("three", false), [1, "two", false, "did two"], "which came with it");
  assert.deepEqual(await apply("three", true), [1, "two", false, "did two"]);
});

test("a changed job keeps its id, history and next run unless the schedule changed", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const before = await findJob(database, "a");
  await applyJobs(database, [commandJob("a", { description: "new words" })]);
  const after = await findJob(database, "a");
  assert.equal(after?.id, before?.id);
  assert.equal(after?.spec.description, "new words");
  assert.deepEqual(after?.nextRun, before?.nextRun);

  const yearly = { type: "cron", expression: "0 0 1 1 *", timezone: "UTC" } as const;
  await applyJobs(database, [commandJob("a", { schedule: yearly })]);
  const moved = await findJob(database, "a");
  assert.equal(moved?.id, before?.id);
  assert.match(moved?.nextRun?.toISOString() ?? "", /-01-01T00:00:00/);
});

test("- and _ are the same name", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a-b")]);
  const before = await findJob(database, "a_b");
  await applyJobs(database, [commandJob("a_b")]);
  const jobs = await listJobs(database);
  assert.deepEqual(
    jobs.map((job) => [job.id, job.jobName]),
    [[before?.id, "a_b"]],
  );
});

test("a removed job stops, keeps its row, and is revived under its id", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a"), commandJob("b")]);
  const before = await findJob(database, "a");
  const { id } = await triggerJob(database, {
    jobId: before?.id ?? "",
    parameters: null,
    triggeredBy: "test",
    trigger: "manual",
    overlap: "skip",
  });
  const { plan } = await applyJobs(database, [commandJob("b")]);
  assert.equal(plan.summary.delete, 1);
  assert.equal(await findJob(database, "a"), null);
  const cancelled = await findExecution(database, id);
  assert.deepEqual([cancelled?.status, cancelled?.reason], ["cancelled", "removed"]);

  await applyJobs(database, [commandJob("a"), commandJob("b")]);
  const revived = await findJob(database, "a");
  assert.equal(revived?.id, before?.id);
  assert.ok(revived?.nextRun);
});

test("an override holds against the file, and goes when the file agrees", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  await overrideJob(database, "a", { enabled: false, by: "ann", reason: "incident" });
  const off = await findJob(database, "a");
  assert.equal(off?.nextRun, null);
  assert.equal(off?.override?.reason, "incident");

  const { plan } = await applyJobs(database, [commandJob("a", { description: "edited" })]);
  assert.equal(plan.drift.length, 1);
  assert.equal((await findJob(database, "a"))?.enabled, false);

  await applyJobs(database, [commandJob("a", { enabled: false })]);
  assert.equal((await findJob(database, "a"))?.override, null);
});

test("an override equal to the file is not kept, and a re-enabled job has no past", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  await overrideJob(database, "a", { enabled: false, by: "ann", reason: null });
  const on = await overrideJob(database, "a", { enabled: true, by: "ann", reason: null });
  assert.equal(on?.override, null);
  assert.ok(on?.nextRun && on.nextRun > on.updatedAt);
});

test("most of the jobs gone, or all, is refused and changes nothing", async (t) => {
  const { database } = await testDatabase(t);
  const all = ["a", "b", "c", "d"].map((name) => commandJob(name));
  await applyJobs(database, all);
  for (const wanted of [[], all.slice(0, 1)]) {
    const { plan, revision } = await applyJobs(database, wanted);
    assert.match(plan.refusal?.help ?? "", /--allow-prune/);
    assert.equal(revision, 1);
    assert.equal((await listJobs(database)).length, 4);
  }
  await applyJobs(database, [], { allowPrune: true });
  assert.equal((await listJobs(database)).length, 0);
});

test("code becomes a version, the same code the same version", async (t) => {
  const { database } = await testDatabase(t);
  const plugin = commandJob("p", { run: { type: "plugin", plugin: "p", export: null } });
  const code = (sha256: string) => ({
    codes: new Map([["p", { sha256, code: `// ${sha256}`, map: "{}" }]]),
    configHash: sha256,
  });
  await applyJobs(database, [plugin], code("one"));
  assert.equal((await findJob(database, "p"))?.version, "1.0.0");
  await applyJobs(database, [plugin], code("two"));
  assert.equal((await findJob(database, "p"))?.version, "1.0.1");
  await applyJobs(database, [plugin], code("one"));
  const job = await findJob(database, "p");
  assert.deepEqual([job?.version, job?.codeSha256], ["1.0.0", "one"]);
  assert.equal((await listRevisions(database, 10)).length, 3);
});

test("a plan that fails half-way leaves nothing behind", async (t) => {
  const { database } = await testDatabase(t);
  await database.query(
    `create function refuse() returns trigger language plpgsql as
     $$ begin raise exception 'disk on fire'; end $$`,
  );
  await database.query(
    "create trigger refuse before insert on job_clock for each row execute function refuse()",
  );
  await assert.rejects(applyJobs(database, [commandJob("a")]), /disk on fire/);
  assert.deepEqual(await listJobs(database), []);
  assert.deepEqual(await listRevisions(database, 10), []);
});
