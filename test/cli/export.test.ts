import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv } from "ajv";
import { exportExecutions } from "../../src/store/export.ts";
import { cli } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { testProject } from "../helpers/project.ts";

const SCHEMA = new URL("../../schemas/output/execution.schema.json", import.meta.url);
const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(SCHEMA, "utf8")),
);

/** Skipped executions of a job, a minute apart from the start of 2026. */
const MANY = `
  insert into executions (id, job_id, job_name, trigger, scheduled_for, available_at, created_at,
      status, reason, finished_at, errors, trace_id)
  select to_char(n, 'FM0000000'), j.id, j.job_name, 'schedule', at, at, at, 'skipped', 'missed', at,
         '[{"attempt": 1, "started_at": "2026-01-01T01:00:00+01:00", "status": "failed",
            "finished_at": "2026-01-01T01:00:01.5+01:00", "reason": "threw", "error": "e",
            "exit_code": null, "signal": null, "node_id": "n", "fence": 1}]', 't'
    from generate_series($1::int, $2::int) n
    cross join lateral (select '2026-01-01Z'::timestamptz + n * interval '1 minute') as t(at)
    join scheduled_jobs j on j.job_name = $3`;

test("all executions are exported a line each, or those of a job and a time", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, "timezone: UTC\njobs:\n  a: {command: ['true']}\n");
  await applyJobs(database, [commandJob("a"), commandJob("b")]);
  await database.query(MANY, [1, 2_500, "a"]);
  await database.query(MANY, [2_501, 2_503, "b"]);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli(["executions", "export", ...args], options);
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  };
  const all = await run("--json");
  assert.equal(all.length, 2_503);
  for (const row of all) assert.ok(validate(row), JSON.stringify(validate.errors));
  assert.deepEqual(
    all.map(({ id }) => Number(id)),
    all.map((_, index) => index + 1),
  );
  assert.equal(all[0].errors[0].finished_at, "2026-01-01T00:00:01.500Z");
  const picked = ["--since", "2026-01-01 00:10", "--until", "2026-01-01 00:12:30"];
  assert.deepEqual(
    (await run("--job", "a", ...picked)).map(({ id }) => id),
    ["0000010", "0000011", "0000012"],
  );
  assert.equal((await run("--job", "b")).length, 3);
  assert.equal((await run("--since", "1h")).length, 0);
  const wrong = await cli(["executions", "export", "--job", "nobody"], options);
  assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
});

test("a page is read at a time", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  await database.query(MANY, [1, 2_500, "a"]);
  const sizes: number[] = [];
  const filter = { jobId: null, since: null, until: null };
  for await (const page of exportExecutions(database, filter)) {
    sizes.push(page.length);
    // What is recorded meanwhile is exported too, and ends.
    if (sizes.length === 1) await database.query(MANY, [2_501, 2_502, "a"]);
  }
  assert.deepEqual(sizes, [1_000, 1_000, 502]);
});
