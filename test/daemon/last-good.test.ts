import assert from "node:assert/strict";
import { chown, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readProject } from "../../src/daemon/project.ts";
import { runScheduler } from "../../src/daemon/scheduler.ts";
import { findJob } from "../../src/store/jobs.ts";
import { openNodes } from "../../src/store/nodes.ts";
import { testDatabase } from "../helpers/database.ts";
import { startTestScheduler, testProject } from "../helpers/project.ts";

const GOOD = `project: test
database: {lease: 30s}
jobs:
  often: {schedule: {every: 1s}, command: [echo, still here]}
`;

test("started with a broken file, the last good schedule goes on", async (t) => {
  const { database, url } = await testDatabase(t);
  const files = await testProject(t, GOOD);
  const first = await startTestScheduler(t, files, url);
  await first.events.next("applied");
  await first.stop();

  await files.write("config.yaml", "jobs: [");
  const second = await startTestScheduler(t, files, url);
  await second.events.next("rejected");
  const { jobName, status } = await second.events.next("run_finished");
  assert.deepEqual([jobName, status], ["often", "success"]);
  const [node] = await openNodes(database);
  assert.ok(node?.reloadError?.length, "and the mistake is in the node's row");

  await files.write("config.yaml", GOOD.replace("often", "seldom"));
  await second.events.next("applied");
  assert.ok(await findJob(database, "seldom"));
});

test("started with a broken file where none was ever good, it says what is wrong", async (t) => {
  const { database, url } = await testDatabase(t);
  const files = await testProject(t, "jobs: [");
  const options = { place: files, displayName: "config.yaml", databaseUrl: url };
  await assert.rejects(runScheduler({ ...options, emit: () => undefined }), {
    code: "config_invalid",
  });
  assert.deepEqual(await openNodes(database), []);
});

test("what root types beside a service leaves it what it keeps", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("only root can give files away");
  const files = await testProject(t, GOOD);
  await mkdir(files.stateDir);
  await chown(files.stateDir, 65_534, 65_534);
  await readProject(files, "config.yaml");
  const { uid, gid } = await stat(join(files.stateDir, "last-good-settings.json"));
  assert.deepEqual([uid, gid], [65_534, 65_534]);
});
