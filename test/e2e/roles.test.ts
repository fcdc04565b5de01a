import assert from "node:assert/strict";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cli, startUp } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { plugin, testProject } from "../helpers/project.ts";
import { parseOutput } from "../cli/output-schemas.ts";

const CONFIG = `project: roles
node: {concurrency: 3}
jobs:
  tick: {schedule: {every: 1s}, plugin: tick}
  here: {command: "echo said > said-by-$CRONVERGE_JOB"}
`;

const isEvent =
  (...events: unknown[]) =>
  (line: Record<string, unknown>): boolean =>
    events.includes(line["event"]);

test("a clock records and a worker without config or plugins runs; each says what it is", async (t) => {
  const { url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  await project.write("plugins/tick.ts", plugin("return { attempt: ctx.execution.attempt };"));
  const env = { CRONVERGE_DATABASE_URL: url };
  const scheduling = { cwd: project.root, env };
  const clock = startUp(t, scheduling, ["--role", "clock"]);
  await clock.line(isEvent("applied"));
  const alone = await cli(["status"], scheduling);
  assert.equal(alone.code, 1);
  assert.match(alone.stdout, /no node runs jobs; start one: cronverge up --role worker/);

  const elsewhere = await realpath(await mkdtemp(join(tmpdir(), "cronverge-project-")));
  t.after(() => rm(elsewhere, { recursive: true, force: true }));
  const worker = startUp(t, { cwd: elsewhere, env }, ["--role", "worker"]);
  const started = await worker.line(isEvent("started"));
  assert.deepEqual([started["role"], started["config_file"]], ["worker", null]);
  assert.deepEqual(started["others"], [{ host: hostname(), pid: clock.pid, role: "clock" }]);
  const ran = await worker.line(isEvent("run_finished"));
  assert.deepEqual([ran["job_name"], ran["state"]], ["tick", "success"]);
  assert.equal((await cli(["jobs", "run", "here"], scheduling)).code, 0);
  assert.equal(await readFile(join(elsewhere, "said-by-here"), "utf8"), "said\n");

  assert.equal((await cli(["status"], scheduling)).code, 0);
  const { stdout } = await cli(["nodes", "list", "--json"], scheduling);
  const nodes = parseOutput("nodes-list", stdout).data["nodes"] as Record<string, unknown>[];
  assert.deepEqual(
    nodes.map(({ role, state, concurrency }) => ({ role, state, concurrency })),
    [
      { role: "worker", state: "live", concurrency: 3 },
      { role: "clock", state: "live", concurrency: 0 },
    ],
  );
  for (const node of [clock, worker]) {
    node.kill("SIGTERM");
    assert.equal(await node.ended, 0);
  }
  assert.match((await cli(["nodes", "list"], scheduling)).stdout, /^No node is there/);
  const all = await cli(["nodes", "list", "--all"], scheduling);
  assert.equal(all.stdout.match(/ stopped /g)?.length, 2, all.stdout);
});

test("a worker without a config says what it needs, and follows the settings in force", async (t) => {
  const { url } = await testDatabase(t);
  const elsewhere = await realpath(await mkdtemp(join(tmpdir(), "cronverge-project-")));
  t.after(() => rm(elsewhere, { recursive: true, force: true }));
  const lost = await cli(["up", "--role", "worker"], { cwd: elsewhere });
  assert.equal(lost.code, 1);
  assert.match(lost.stderr, /set CRONVERGE_DATABASE_URL/);

  const env = { CRONVERGE_DATABASE_URL: url };
  const worker = startUp(t, { cwd: elsewhere, env }, ["--role", "worker"]);
  await worker.line(isEvent("started"));
  const project = await testProject(t, CONFIG);
  await project.write("plugins/tick.ts", plugin("return null;"));
  assert.equal((await cli(["apply"], { cwd: project.root, env })).code, 0);
  const told = await worker.line(isEvent("problem"));
  assert.match(String(told["msg"]), /node\.concurrency changed/);
  worker.kill("SIGTERM");
  assert.equal(await worker.ended, 0);
});
