import assert from "node:assert/strict";
import { test } from "node:test";
import { composeChanges } from "../../src/plan/compose.ts";
import { readJobRevisions } from "../../src/store/job-revisions.ts";
import { findJob, findJobByAnyName, findJobId } from "../../src/store/jobs.ts";
import { findRevision, latestRevision, readChanges } from "../../src/store/revisions.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob, desiredState } from "../helpers/desired.ts";
import { testNode } from "../helpers/node.ts";
import { runOnce } from "../helpers/runs.ts";

const git = (commit: string, dirty = false) => ({
  git: { commit, author: "Ann", subject: `did ${commit}`, dirty },
});

test("a revision keeps what it changed, with the ids of new and revived jobs", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a"), commandJob("b")]);
  const a = await findJob(database, "a");
  await applyJobs(database, [commandJob("b")]);
  await applyJobs(database, [commandJob("a"), commandJob("b", { timeoutMs: 1 })]);
  const kept = await readChanges(database, { after: 0, upTo: 9 });
  assert.deepEqual(
    kept.map(({ id, changes }) => [id, changes?.map(({ action, name }) => `${action} ${name}`)]),
    [
      [1, ["create a", "create b"]],
      [2, ["delete a"]],
      [3, ["create a", "update b"]],
    ],
  );
  const idsOfA = kept.flatMap(({ changes }) => changes ?? []).filter(({ name }) => name === "a");
  assert.deepEqual(
    idsOfA.map(({ jobId }) => jobId),
    [a?.id, a?.id, a?.id],
  );
  const later = await readChanges(database, { after: 1, upTo: 3 });
  const composed = composeChanges(later.map(({ changes }) => changes ?? []));
  assert.deepEqual(
    composed.map(({ after }) => after?.name),
    ["b"],
  );
});

test("the same config applied again keeps what the revision changed at first", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const before = await readChanges(database, { after: 0, upTo: 1 });
  await applyJobs(database, [commandJob("a")]);
  assert.deepEqual(await readChanges(database, { after: 0, upTo: 1 }), before);
  await database.query("update config_revisions set changes = null");
  await applyJobs(database, [commandJob("a")]);
  const [old] = await readChanges(database, { after: 0, upTo: 1 });
  assert.equal(old?.changes, null, "what nobody kept is not made up");
});

test("runs stand by the revision that was in force, over renames, code and removal", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "node");
  const run = { type: "plugin", plugin: "p", export: null } as const;
  const code = (sha256: string) => ({
    codes: new Map([["p", { sha256, code: `// ${sha256}`, map: "{}" }]]),
  });
  const other = commandJob("other");
  await applyJobs(database, [commandJob("old", { run }), other], { ...git("c1"), ...code("one") });
  await runOnce(database, "old", "success");
  await runOnce(database, "old", "failed");
  await applyJobs(database, [commandJob("old", { run }), commandJob("other", { timeoutMs: 1 })], {
    ...git("c2"),
    ...code("one"),
  });
  const desired = desiredState(commandJob("new", { run }), other);
  for (const job of desired.jobs) job.renamedFrom = job.spec.name === "new" ? "old" : null;
  await applyJobs(database, [], { desired, ...git("c3", true), ...code("two"), configHash: "3" });
  await runOnce(database, "new", "success");
  await applyJobs(database, [other], git("c4"));
  const id = (await findJobId(database, "new")) ?? "";
  const found = await readJobRevisions(database, id);
  assert.deepEqual(
    found.map((item) => [
      item.revision?.gitCommit,
      item.change?.action,
      item.change?.renamedFrom,
      item.runs,
      item.failed,
      item.lastStatus,
      item.version,
    ]),
    [
      ["c4", "delete", null, 0, 0, null, "1.0.1"],
      ["c3", "update", "old", 1, 0, "success", "1.0.1"],
      ["c1", "create", null, 2, 1, "failed", "1.0.0"],
    ],
  );
  assert.deepEqual(
    found.map(({ until }) => until),
    [null, found[0]?.revision?.appliedAt, found[1]?.revision?.appliedAt],
  );
});

test("a job is found by a former name until another has it", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("old")]);
  const desired = desiredState(commandJob("new"));
  for (const job of desired.jobs) job.renamedFrom = "old";
  await applyJobs(database, [commandJob("new")], { desired });
  assert.equal((await findJobByAnyName(database, "old"))?.jobName, "new");
  assert.equal(await findJobByAnyName(database, "none"), null);
  await applyJobs(database, [commandJob("new"), commandJob("old")]);
  assert.equal((await findJobByAnyName(database, "old"))?.jobName, "old");
});

test("runs of a revision that kept no changes still stand by it", async (t) => {
  const { database } = await testDatabase(t);
  await testNode(database, "node");
  await applyJobs(database, [commandJob("a")], git("c1"));
  await database.query("update config_revisions set changes = null");
  await runOnce(database, "a", "success");
  const found = await readJobRevisions(database, (await findJobId(database, "a")) ?? "");
  assert.deepEqual(
    found.map(({ revision, change, runs }) => [revision?.gitCommit, change, runs]),
    [["c1", null, 1]],
  );
});

test("the revision in force is told without its text, which may be long", async (t) => {
  const { database } = await testDatabase(t);
  assert.equal(await latestRevision(database), null);
  const { revision } = await applyJobs(database, [commandJob("a")], { source: "jobs: {a: {}}" });
  const latest = await latestRevision(database);
  assert.deepEqual([latest?.id, latest?.configFile], [revision, "/project/config.yaml"]);
  assert.ok(latest && !("source" in latest) && !("settings" in latest));
  assert.equal((await findRevision(database, latest.id))?.source, "jobs: {a: {}}");
});
