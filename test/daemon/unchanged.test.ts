import assert from "node:assert/strict";
import { test } from "node:test";
import { listJobs } from "../../src/store/jobs.ts";
import { openNodes } from "../../src/store/nodes.ts";
import { cli } from "../helpers/cli.ts";
import { testDatabase, type TestDatabase } from "../helpers/database.ts";
import { startTestScheduler, testProject } from "../helpers/project.ts";
import { waitUntil } from "../helpers/wait-until.ts";

const OLD = `project: test
jobs:
  a: {schedule: "@yearly", command: ["true"]}
`;
const NEW = `${OLD}  b: {schedule: "@yearly", command: ["true"]}\n`;

/** Applies a newer file from another checkout, as a deploy does. */
async function deploy(t: Parameters<typeof testProject>[0], url: string): Promise<void> {
  const { root } = await testProject(t, NEW);
  const applied = await cli(["apply"], { cwd: root, env: { CRONVERGE_DATABASE_URL: url } });
  assert.equal(applied.code, 0, applied.stderr);
}

const names = async ({ database }: TestDatabase): Promise<string[]> =>
  (await listJobs(database)).map(({ spec }) => spec.name);

test("a file that is broken for a moment and then as before does not turn others back", async (t) => {
  const given = await testDatabase(t);
  const project = await testProject(t, OLD);
  const { events } = await startTestScheduler(t, project, given.url);
  await events.next("applied");
  await deploy(t, given.url);
  await project.write("config.yaml", "jobs: [");
  await events.next("rejected");
  await project.write("config.yaml", OLD);
  const { revision, reason } = await events.next("following");
  assert.equal(revision, 2);
  assert.match(reason, /not changed since/);
  assert.deepEqual(await names(given), ["a", "b"]);
  const [node] = await openNodes(given.database);
  assert.equal(node?.reloadError, null, "its complaint is settled");

  // What a person changes is meant.
  await project.write("config.yaml", OLD.replaceAll("a:", "c:"));
  await events.next("applied");
  assert.deepEqual(await names(given), ["c"]);
});

test("a warning that comes with time is no reason to apply an older file again", async (t) => {
  const given = await testDatabase(t);
  const at = new Date(Date.now() + 2_000).toISOString();
  const once = `${OLD}  once: {schedule: {at: "${at}"}, command: ["true"]}\n`;
  const project = await testProject(t, once);
  const { scheduler, events } = await startTestScheduler(t, project, given.url);
  await events.next("applied");
  await deploy(t, given.url);
  await waitUntil(() => Promise.resolve(Date.now() > Date.parse(at)), "the time is past");
  scheduler.reload();
  const { diagnostics } = await events.next("warned");
  assert.equal(diagnostics[0]?.rule, "schedule/past");
  assert.equal((await events.next("following")).revision, 2);
  assert.deepEqual(await names(given), ["a", "b"]);
});

test("a node that starts with a file that it cannot read at first does not turn others back", async (t) => {
  const given = await testDatabase(t);
  const project = await testProject(t, OLD);
  const first = await startTestScheduler(t, project, given.url);
  await first.events.next("applied");
  const late = await testProject(t, OLD);
  const before = await startTestScheduler(t, late, given.url);
  await before.scheduler.stop({ graceMs: 0, signal: new AbortController().signal });
  await deploy(t, given.url);
  await late.write("config.yaml", "jobs: [");
  const { events } = await startTestScheduler(t, late, given.url);
  await events.next("rejected");
  await late.write("config.yaml", OLD);
  assert.equal((await events.next("following")).revision, 2);
  assert.deepEqual(await names(given), ["a", "b"]);
});
