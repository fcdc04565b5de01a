import assert from "node:assert/strict";
import { test } from "node:test";
import { listJobs } from "../../src/store/jobs.ts";
import { openNodes } from "../../src/store/nodes.ts";
import { cli } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { startTestScheduler, testProject } from "../helpers/project.ts";

const JOBS = `jobs:
  a: {schedule: "@yearly", command: ["true"]}
  b: {schedule: "@yearly", command: ["true"]}
`;

test("a removal that a node refused and a person approves leaves the status healthy", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, JOBS);
  const { events } = await startTestScheduler(t, project, url);
  await events.next("applied");
  const emptied = "jobs: {}\n";
  await project.write("config.yaml", emptied);
  await events.next("refused");
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const refused = await cli(["status"], options);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /would remove all 2 that are registered/);

  const approved = await cli(["apply", "--allow-prune"], options);
  assert.equal(approved.code, 0, approved.stderr);
  assert.deepEqual(await listJobs(database), []);
  // The node would look by itself within 30 s; a touch of the file wakes it now.
  await project.write("config.yaml", emptied);
  const { plan, revision } = await events.next("applied");
  assert.deepEqual([plan.changes, plan.refusal, revision], [[], null, 2]);
  const [node] = await openNodes(database);
  assert.deepEqual([node?.reloadError, node?.reloadFailedAt], [null, null]);
  const healthy = await cli(["status"], options);
  assert.equal(healthy.code, 0, healthy.stdout);
});

test("a touch of a file that is refused still is no approval", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, JOBS);
  const { scheduler, events } = await startTestScheduler(t, project, url);
  await events.next("applied");
  await project.write("config.yaml", "jobs: {}\n");
  await events.next("refused");
  scheduler.reload();
  // A change of the file comes behind that look, so what it says has been seen by then.
  await project.write("config.yaml", `${JOBS}  c: {schedule: "@yearly", command: ["true"]}\n`);
  await events.next("applied");
  const told = events.all.filter(({ type }) => type === "refused");
  assert.equal(told.length, 1);
  assert.equal((await listJobs(database)).length, 3);
});
