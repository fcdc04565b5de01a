import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "../../src/store/connection.ts";
import { findJob } from "../../src/store/jobs.ts";
import { parseOutput } from "../cli/output-schemas.ts";
import { cli, startUp } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";
import { waitUntil } from "../helpers/wait-until.ts";
import type { Line } from "./watching.ts";
import { event, stopUp } from "./watching.ts";

test("a job that its failures paused is not healthy, until enable resumes it", async (t) => {
  const { url, database } = await testDatabase(t);
  const project = await testProject(
    t,
    `project: paused
jobs:
  a:
    schedule: {every: 1s}
    command: [sh, -c, 'test -e mended']
    pause_after_failures: 2
`,
  );
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const up = startUp(t, options);
  const paused = await up.line(event("job_paused"));
  assert.deepEqual(
    [paused["job_name"], paused["reason"]],
    ["a", "paused after 2 failures in a row: exit code 1"],
  );
  const status = await cli(["status"], options);
  assert.equal(status.code, 1);
  assert.match(
    status.stdout,
    /a is paused after 2 failures in a row: exit code 1; to go on: cronverge jobs enable a/,
  );
  assert.match((await cli(["jobs", "list"], options)).stdout, /^a +every 1s +paused /m);
  const show = await cli(["jobs", "show", "a"], options);
  assert.match(
    show.stdout,
    /Paused +.*paused after 2 failures.*\n +to go on: cronverge jobs enable a/,
  );
  const listed = parseOutput("jobs-list", (await cli(["--json", "jobs", "list"], options)).stdout);
  const [item] = listed.data["jobs"] as Line[];
  assert.equal(typeof item?.["paused_at"], "string");
  assert.equal((await findJob(database, "a"))?.nextRun, null);
  const { runCount = 0 } = (await findJob(database, "a")) ?? {};
  assert.equal(runCount, 2, "nothing runs any more");
  await writeFile(join(project.root, "mended"), "");
  assert.equal((await cli(["jobs", "enable", "a"], options)).code, 0);
  await up.line((line) => line["event"] === "run_finished" && line["state"] === "success");
  assert.equal((await cli(["status"], options)).code, 0);
  await stopUp(up);
});

test("the file of the heartbeat is written, and no more when the database is away", async (t) => {
  const { url, address } = await testDatabase(t);
  const project = await testProject(
    t,
    `project: alive
node: {heartbeat: {file: ./alive, every: 1s}}
jobs:
  a: {schedule: "0 0 1 1 *", command: ["true"]}
`,
  );
  const alive = join(project.configFile, "..", "alive");
  const timeOf = (): Promise<number> =>
    stat(alive).then(
      (found) => found.mtimeMs,
      () => 0,
    );
  const up = startUp(t, { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } });
  await up.line(event("applied"));
  await waitUntil(async () => (await timeOf()) > 0, "it is written");
  const first = await timeOf();
  await waitUntil(async () => (await timeOf()) > first, "it is written again");

  const elsewhere = { url: { ...address, database: "postgres" }, schema: "public" } as const;
  await using admin = await connect({
    ...elsewhere,
    applicationName: "test admin",
    maxConnections: 1,
    pooled: false,
  });
  const name = address.database;
  await admin.query(`alter database ${name} with allow_connections false`);
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [
    name,
  ]);
  // As whoever watches it from outside sees it: it is older than three of its intervals.
  await waitUntil(async () => Date.now() - (await timeOf()) > 3_000, "it is written no more");
  const last = await timeOf();
  await admin.query(`alter database ${name} with allow_connections true`);
  await waitUntil(async () => (await timeOf()) > last, "it is written when the database is back");
  await stopUp(up);
});
