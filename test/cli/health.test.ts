import assert from "node:assert/strict";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { status } from "../../src/cli/commands/status.ts";
import { processIdentity } from "../../src/daemon/process-identity.ts";
import { reportConfig, stopNode } from "../../src/store/nodes.ts";
import type { StatusData } from "../../src/views/status.ts";
import { cli, startUp } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { testNode } from "../helpers/node.ts";
import { testProject } from "../helpers/project.ts";
import { daily } from "./daily.ts";
import { ledgerProject } from "./ledger-project.ts";
import { configOf, yearlyJob } from "./typed.ts";

const CONFIG = `project: a\n${configOf(yearlyJob("a"))}`;

const BAD_FILE = {
  severity: "error",
  rule: "yaml/syntax",
  message: "a bracket is open",
  help: null,
  file: "config.yaml",
  line: 3,
  column: 7,
  endLine: 3,
  endColumn: 8,
} as const;

test("status is 1 with no live node, a failed reload or a crashed job; --here tells whose it is", async (t) => {
  const { database, apply, context } = await ledgerProject(t);
  await apply(daily("a"));
  const codes = async (): Promise<(number | undefined)[]> => [
    (await status(context)).exitCode,
    (await status(context, { here: true })).exitCode,
  ];
  const told = async (): Promise<string[]> =>
    ((await status(context, { here: true })).data as StatusData).problems;
  assert.deepEqual(await codes(), [1, 1], "no node at all");
  assert.deepEqual(await told(), ["no node of this machine is alive; start one: cronverge up"]);
  await testNode(database, "elsewhere");
  assert.deepEqual(await codes(), [0, 1], "none here");

  const here = {
    host: hostname(),
    pid: process.pid,
    processStart: await processIdentity(process.pid),
  };
  await testNode(database, "here", here);
  assert.deepEqual(await codes(), [0, 0]);
  await reportConfig(database, "elsewhere", { revision: null, diagnostics: [BAD_FILE] });
  assert.deepEqual(await codes(), [1, 0], "the bad file is that of another node");
  await reportConfig(database, "elsewhere", { revision: null, diagnostics: null });
  await reportConfig(database, "here", { revision: null, diagnostics: [BAD_FILE] });
  assert.deepEqual(await codes(), [1, 1], "the bad file is that of this one");
  assert.deepEqual(await told(), [
    "config.yaml:3:7  a bracket is open (the last good state goes on)",
  ]);
  await reportConfig(database, "here", { revision: null, diagnostics: null });
  await database.query(
    "update scheduled_jobs set runtime_status = 'crashed', crashed = 'no such export'",
  );
  assert.deepEqual(await codes(), [1, 0], "a crashed job is that of the schedule");
  await stopNode(database, "here");
  await testNode(database, "twin", { ...here, processStart: "another boot:1@pid:[1]" });
  assert.deepEqual(await codes(), [1, 1], "a container of the same name is not this one");
  await assert.rejects(status(context, { schema: "other" }), { code: "usage" });
});

test("a real node is healthy, and not once its file is bad", async (t) => {
  const { url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const run = (...args: string[]) => cli(args, options);
  const up = startUp(t, options);
  await up.line((line) => line["event"] === "applied");
  const [whole, here] = await Promise.all([run("status"), run("status", "--here")]);
  assert.deepEqual([whole.code, here.code], [0, 0], whole.stdout + here.stdout);
  await project.write("config.yaml", "project: a\njobs: [\n");
  await up.line((line) => line["event"] === "rejected");
  const [badWhole, badHere] = await Promise.all([run("status"), run("status", "--here")]);
  assert.deepEqual([badWhole.code, badHere.code], [1, 1]);
  assert.match(badHere.stdout, /^not healthy\n  .*config\.yaml:\d+:\d+ /);
  up.kill("SIGTERM");
  assert.equal(await up.ended, 0);
});

test("a worker without a config is asked by its database alone, which is left as it is", async (t) => {
  const { database, url } = await testDatabase(t);
  const env = { CRONVERGE_DATABASE_URL: url };
  const project = await testProject(t, CONFIG);
  const folder = await realpath(await mkdtemp(join(tmpdir(), "cronverge-worker-")));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const here = (...more: string[]) => cli(["status", "--here", ...more], { cwd: folder, env });
  assert.equal((await cli(["apply"], { cwd: project.root, env })).code, 0);
  assert.equal((await here()).code, 1);
  const worker = startUp(t, { cwd: folder, env }, ["--role", "worker"]);
  await worker.line((line) => line["event"] === "started");
  const [seen, elsewhere, nowhere] = await Promise.all([
    here(),
    here("--schema", "unmade"),
    cli(["status", "--here"], { cwd: folder }),
  ]);
  assert.equal(seen.code, 0, seen.stdout + seen.stderr);
  assert.equal(elsewhere.code, 3);
  const unmade = "select from pg_namespace where nspname = 'unmade'";
  assert.deepEqual(await database.query(unmade), [], "a health check makes no tables");
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /neither a config nor a database/);
  worker.kill("SIGTERM");
  assert.equal(await worker.ended, 0);
});
