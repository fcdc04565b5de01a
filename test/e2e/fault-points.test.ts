import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { Database } from "../../src/store/connection.ts";
import { startUp } from "../helpers/cli.ts";
import { testDatabase, type Cleanup } from "../helpers/database.ts";
import { FAULT_POINTS } from "../helpers/fault-points.ts";
import { plugin, testProject, type TestProject } from "../helpers/project.ts";
import { anomaliesText, checkHistory } from "../../tools/history/checker.ts";
import { readCheckedJobs, readHistoryRows } from "../../tools/history/read.ts";

const CONFIG = `project: faults
database: {lease: 5s}
jobs:
  shell: {schedule: {every: 1s}, command: [sh, -c, "echo one; echo two"], retry: {attempts: 2, backoff: {initial: 100ms}}}
  code: {schedule: {every: 1s}, plugin: code}
`;

const PRELOAD = join(import.meta.dirname, "..", "helpers", "fault-points.ts");

/** A scheduler from the sources that dies at that place. */
async function dieAt(
  t: Cleanup,
  { point, project, url }: { point: string; project: TestProject; url: string },
): Promise<void> {
  const env = { CRONVERGE_DATABASE_URL: url, CRONVERGE_FAULT_POINT: point };
  const up = startUp(t, { cwd: project.root, env, preload: PRELOAD });
  assert.equal(await up.ended, null, "a signal ended it");
}

async function statesOf(database: Database): Promise<string[]> {
  const rows = await database.query<{ state: string }>(
    "select distinct concat_ws(': ', status, reason) as state from executions order by 1",
  );
  return rows.map(({ state }) => state);
}

suite(
  "kill -9 at a point: the next start leaves no gap, no double and nothing open",
  {
    concurrency: 4,
  },
  () => {
    for (const point of Object.keys(FAULT_POINTS)) test(point, (t) => dieAndGoOn(t, point));
  },
);

async function dieAndGoOn(t: Cleanup, point: string): Promise<void> {
  const { database, url } = await testDatabase(t);
  const tables = "select from pg_tables where schemaname = 'cronverge'";
  if (point === "in the middle of a migration")
    await database.query("drop schema cronverge cascade");
  const before = await database.query(tables);
  const project = await testProject(t, CONFIG);
  await project.write("plugins/code.ts", plugin('ctx.logger.info("one"); return 1;'));
  await dieAt(t, { point, project, url });
  assert.equal((await database.query(tables)).length, before.length, "a migration is done or not");

  const up = startUp(t, { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } });
  const ran = new Set<unknown>();
  while (ran.size < 2) {
    const line = await up.line(
      ({ event, state }) => event === "run_finished" && state === "success",
    );
    ran.add(line["job_name"]);
  }
  up.kill("SIGTERM");
  assert.equal(await up.ended, 0);
  const jobs = await readCheckedJobs(database);
  assert.equal(anomaliesText(checkHistory(await readHistoryRows(database), { jobs })), "");
  const others = (await statesOf(database)).filter((state) => !EXPECTED.has(state));
  assert.deepEqual(others, []);
}

const EXPECTED = new Set([
  "abandoned: node_died",
  "skipped: missed",
  "skipped: overlap",
  "success",
]);
