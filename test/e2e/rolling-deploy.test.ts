import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../src/store/connection.ts";
import { cli, startUp, type RunningCli } from "../helpers/cli.ts";
import { testDatabase, type Cleanup } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";
import { waitUntil } from "../helpers/wait-until.ts";

const config = (say: string): string => `project: rolling
jobs:
  tick: {schedule: {every: 1s}, command: [echo, ${say}]}
`;

const isEvent =
  (event: string) =>
  (line: Record<string, unknown>): boolean =>
    line["event"] === event;

/** A node with a checkout of its own. */
async function checkout(t: Cleanup, say: string, url: string) {
  const project = await testProject(t, config(say));
  const here = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  return { here, up: (...flags: string[]) => startUp(t, here, flags) };
}

/** What runs of each revision said. */
async function said(database: Database): Promise<[number, string][]> {
  const rows = await database.query<{ revision: number; text: string }>(
    `select distinct e.revision_id as revision, l.message as text
       from executions e join logs l on l.execution_id = e.id and l.module = 'stdout'
      where e.status = 'success' order by 1`,
  );
  return rows.map(({ revision, text }) => [revision, text]);
}

async function stop(node: RunningCli): Promise<void> {
  node.kill("SIGTERM");
  assert.equal(await node.ended, 0);
}

test("nodes with old and new files do not turn each other back; each run names its revision", async (t) => {
  const { url, database } = await testDatabase(t);
  const [old, fresh] = [await checkout(t, "old", url), await checkout(t, "new", url)];
  const [first, second] = [old.up(), old.up()];
  const saying = (word: string) =>
    waitUntil(async () => (await said(database)).some(([, text]) => text === word), word);
  assert.equal((await first.line(isEvent("applied")))["revision"], 1);
  await saying("old");

  // The deploy reaches one node after the other.
  const third = fresh.up();
  assert.equal((await third.line(isEvent("applied")))["revision"], 2);
  await stop(second);
  const restarted = old.up();
  const following = await restarted.line(isEvent("following"));
  assert.equal(following["revision"], 2);
  await saying("new");
  assert.deepEqual(await said(database), [
    [1, "old"],
    [2, "new"],
  ]);

  // To roll back is to deploy the old file and to mean it.
  await stop(restarted);
  const back = old.up("--apply", "always");
  assert.equal((await back.line(isEvent("applied")))["revision"], 3);
  const list = await cli(["revisions", "list", "--json"], old.here);
  assert.equal((JSON.parse(list.stdout).data.revisions as unknown[]).length, 3, "no flapping");
  await Promise.all([first, third, back].map(stop));
});
