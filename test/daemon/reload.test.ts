import assert from "node:assert/strict";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findJob, listJobs } from "../../src/store/jobs.ts";
import { openNodes } from "../../src/store/nodes.ts";
import { testDatabase } from "../helpers/database.ts";
import { plugin, startTestScheduler, testProject } from "../helpers/project.ts";

const FAR = "0 0 1 1 *";
const project = "project: test\n";
const jobs = (...lines: string[]) =>
  `${project}jobs:\n${lines.map((line) => `  ${line}\n`).join("")}`;
const job = (name: string, extra = "") =>
  `${name}: {schedule: "${FAR}", command: [true-${name}]${extra}}`;

/** The plan's actions in the order in which the view shows them. */
const actions = (plan: { changes: { action: string; name: string }[] }) =>
  plan.changes.map((change) => `${change.action} ${change.name}`).sort();

test("add, change, disable, remove by editing the file; the unchanged job is not touched", async (t) => {
  const { database, url } = await testDatabase(t);
  const files = await testProject(t, jobs(job("same"), job("changed"), job("gone"), job("rests")));
  const { events } = await startTestScheduler(t, files, url);
  await events.next("applied");
  const before = await findJob(database, "same");

  await files.write(
    "config.yaml",
    jobs(
      job("same"),
      job("changed", ", timeout: 9m"),
      job("rests", ", enabled: false"),
      job("new"),
    ),
  );
  const { plan, sinceSaveMs } = await events.next("applied");
  assert.deepEqual(actions(plan), ["create new", "delete gone", "disable rests", "update changed"]);
  assert.ok(sinceSaveMs !== null && sinceSaveMs < 2_000, `in force after ${sinceSaveMs} ms`);
  const { updatedAt, nextRun, anchor } = (await findJob(database, "same")) ?? {};
  assert.deepEqual(
    { updatedAt, nextRun, anchor },
    { updatedAt: before?.updatedAt, nextRun: before?.nextRun, anchor: before?.anchor },
  );
  assert.equal((await findJob(database, "changed"))?.spec.timeoutMs, 540_000);
  assert.equal((await findJob(database, "rests"))?.nextRun, null);
  assert.equal(await findJob(database, "gone"), null);
});

test("a broken save is told with its place, changes nothing, and shows in the node's row", async (t) => {
  const { database, url } = await testDatabase(t);
  const files = await testProject(t, jobs(job("a"), job("b")));
  const { events } = await startTestScheduler(t, files, url);
  await events.next("applied");
  const before = await listJobs(database);
  for (const broken of [jobs("a: {schedule: 7}"), "jobs:\n  a: [", "", "[]"]) {
    await files.write("config.yaml", broken);
    const { diagnostics } = await events.next("rejected");
    assert.ok((diagnostics[0]?.line ?? 0) > 0);
    assert.deepEqual(await listJobs(database), before);
  }
  const [node] = await openNodes(database);
  assert.ok(node?.reloadError && node.reloadFailedAt);

  await files.write("config.yaml", jobs(job("a"), job("b"), job("c")));
  await events.next("applied");
  assert.equal((await openNodes(database))[0]?.reloadError, null);
});

test("a file of another project is refused while the scheduler runs, as it would be at its start", async (t) => {
  const { database, url } = await testDatabase(t);
  const files = await testProject(t, jobs(job("a")));
  const { events } = await startTestScheduler(t, files, url);
  await events.next("applied");
  await files.write(
    "config.yaml",
    jobs(job("a"), job("b")).replace("project: test", "project: shop"),
  );
  const { diagnostics } = await events.next("rejected");
  const [found] = diagnostics;
  assert.deepEqual([found?.rule, found?.line], ["config/project", 1]);
  assert.match(found?.help ?? "", /write `project: test`/);
  assert.equal((await listJobs(database)).length, 1);
  await files.write("config.yaml", jobs(job("a"), job("b")));
  await events.next("applied");
  assert.equal((await listJobs(database)).length, 2);
});

test("a file that goes away changes nothing; when it is back it counts again", async (t) => {
  const { database, url } = await testDatabase(t);
  const files = await testProject(t, jobs(job("a")));
  const { events } = await startTestScheduler(t, files, url);
  await events.next("applied");
  await rm(files.configFile);
  await events.next("rejected");
  assert.equal((await listJobs(database)).length, 1);
  await files.write("config.yaml", jobs(job("a"), job("b")));
  await events.next("applied");
  assert.equal((await listJobs(database)).length, 2);
});

test("a save by rename and a swapped link are seen", async (t) => {
  const { url } = await testDatabase(t);
  const files = await testProject(t, jobs(job("a")));
  const folder = dirname(files.configFile);
  for (const version of ["v1", "v2", "v3"]) {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, "config.yaml"), jobs(job("a"), job(version)));
  }
  const { events } = await startTestScheduler(t, files, url);
  await events.next("applied");

  await writeFile(join(folder, "draft"), jobs(job("a"), job("renamed")));
  await rename(join(folder, "draft"), files.configFile);
  assert.deepEqual(actions((await events.next("applied")).plan), ["create renamed"]);

  // As a mounted ConfigMap does it: config.yaml -> ..data/config.yaml, ..data -> the newest folder.
  await symlink("v1", join(folder, "..data"));
  await symlink("..data/config.yaml", join(folder, "link"));
  await rename(join(folder, "link"), files.configFile);
  assert.deepEqual(actions((await events.next("applied")).plan), ["create v1", "delete renamed"]);
  for (const version of ["v2", "v3"]) {
    await symlink(version, join(folder, "..next"));
    await rename(join(folder, "..next"), join(folder, "..data"));
    const { plan } = await events.next("applied");
    assert.ok(actions(plan).includes(`create ${version}`));
  }
});

test("an emptied job list is refused and the schedule goes on", async (t) => {
  const { database, url } = await testDatabase(t);
  const files = await testProject(t, jobs(job("a"), job("b")));
  const { events } = await startTestScheduler(t, files, url);
  await events.next("applied");
  await files.write("config.yaml", `${project}jobs: {}\n`);
  const { help } = await events.next("refused");
  assert.match(help, /--allow-prune/);
  assert.equal((await listJobs(database)).length, 2);
});

test("changed code is a new version for the next run; the running one ends on its own", async (t) => {
  const { database, url } = await testDatabase(t);
  const files = await testProject(t, jobs("slow: {schedule: {every: 1s}, timeout: 20s}"));
  await files.write(
    "plugins/slow.ts",
    plugin(
      'await new Promise((r) => setTimeout(r, 2500)); return {success: true, message: "old"};',
    ),
  );
  const { events } = await startTestScheduler(t, files, url);
  await events.next("run_started");
  await files.write("plugins/slow.ts", plugin('return {success: true, message: "new"};'));
  const { plan } = await events.next("applied");
  assert.deepEqual(actions(plan), ["update slow"]);
  const first = await events.next("run_finished");
  const second = await events.next("run_finished");
  assert.deepEqual([first.message, second.message], ["old", "new"]);
  assert.equal((await findJob(database, "slow"))?.version, "1.0.1");
});
