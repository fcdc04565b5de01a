import assert from "node:assert/strict";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { findEmbeddedFacts } from "../../src/store/embedded.ts";
import { cli, startUp, type CliResult } from "../helpers/cli.ts";
import { testProject, type TestProject } from "../helpers/project.ts";
import { waitUntil } from "../helpers/wait-until.ts";
import { parseOutput, type OutputDocument } from "./output-schemas.ts";

const CONFIG = `project: moving
jobs:
  nightly: {schedule: "0 2 * * *", command: ["true"]}
  often: {schedule: {every: 1h}, command: ["true"]}
`;

test("an embedded database is looked at, made, exported, stopped and moved", async (t) => {
  const first = await embeddedProject(t);
  const made = await first.run("db status");
  assert.deepEqual(
    [made.data["kind"], made.data["exists"], made.data["running"]],
    ["embedded", false, false],
  );
  const dry = await first.run("db migrate --dry-run");
  const { from, to, migrations } = dry.data;
  assert.deepEqual([from, (migrations as unknown[]).length], [0, to]);
  assert.deepEqual(await readdir(first.root), ["services"], "a question makes nothing");
  assert.equal((await first.run("db migrate")).data["from"], 0);
  await first.line("apply");
  await first.line("jobs disable nightly --reason moving");

  const up = startUp(t, { cwd: first.root });
  await up.line(({ event }) => event === "started");
  const file = join(first.root, "export.gz");
  await Promise.all([
    refused(first.line("db stop"), "database_in_use", /a node lives/),
    refused(first.line(`db export ${file}`), "database_in_use", /a node lives/),
    refused(first.line(`db import ${file}`), "database_in_use", /a node lives/),
  ]);
  const running = await first.run("db status");
  const { pid, nodes, running: isRunning, schema_version: version } = running.data;
  assert.deepEqual([isRunning, (nodes as unknown[]).length, version], [true, 1, to]);
  assert.equal((await first.run(`db export ${file} --live`)).data["live"], true);

  up.kill("SIGKILL");
  await up.ended;
  // The launcher sees it, and what it holds open ends with it.
  const stopped = await waitUntilStopped(first);
  assert.equal(stopped.data["pid"], pid);

  await refused(first.line(`db export ${file}`), "io", /exists/);
  const exported = await first.run(`db export ${file} --force`);
  assert.equal(exported.data["live"], false);
  const second = await embeddedProject(t);
  await refused(second.line(`db import ${file}`), "project_mismatch", /holds the schedule of/);
  // As it is when the first is gone, or on another machine.
  await rename(first.configFile, `${first.configFile}.moved`);
  const imported = await second.run(`db import ${file}`);
  assert.equal(imported.data["total_rows"], exported.data["total_rows"]);
  await refused(second.line(`db import ${file}`), "database_not_empty", /has a schedule already/);

  const again = startUp(t, { cwd: second.root });
  const applied = await again.line(({ event }) => event === "started" || event === "problem");
  assert.equal(applied["event"], "started");
  again.kill("SIGTERM");
  assert.equal(await again.ended, 0);
  const { drift } = JSON.parse((await second.line("plan")).stdout).data;
  assert.deepEqual([drift.length, drift[0].reason], [1, "moving"], "the override went with it");
});

test("data of another major is moved as the error says", async (t) => {
  const project = await embeddedProject(t);
  await project.line("apply");
  const file = join(project.root, "export.gz");
  await project.run(`db export ${file}`);
  const facts = await findEmbeddedFacts(project);
  assert.ok(facts);
  await writeFile(join(facts.directory, "data", "PG_VERSION"), "17\n");
  const { stderr } = await project.line("status");
  const { help } = parseErrorHelp(stderr);
  assert.match(help, /has PostgreSQL 17.*db export FILE/);
  const [, directory = ""] =
    /then move (.*) away, and here run `cronverge db import FILE`/.exec(help) ?? [];
  await rename(directory, `${directory}.old`);
  await project.run(`db import ${file}`);
  assert.equal((await project.line("plan --detailed-exitcode")).code, 0);
});

interface EmbeddedProject extends TestProject {
  /** With `--json`. */
  line: (line: string) => Promise<CliResult>;
  /** The same of a `db` command that succeeds, whose output keeps to its schema. */
  run: (line: string) => Promise<OutputDocument>;
}

async function embeddedProject(t: TestContext): Promise<EmbeddedProject> {
  const project = await testProject(t, CONFIG);
  t.after(async () => {
    const facts = await findEmbeddedFacts(project);
    if (facts?.pid != null) process.kill(facts.pid, "SIGQUIT");
    await rm(project.stateDir, { recursive: true, force: true, maxRetries: 20 });
  });
  const line = (words: string): Promise<CliResult> =>
    cli(["--json", ...words.split(" ")], { cwd: project.root });
  const run = async (words: string): Promise<OutputDocument> => {
    const result = await line(words);
    assert.equal(result.code, 0, result.stderr);
    return parseOutput(words.split(" ").slice(0, 2).join("-"), result.stdout);
  };
  return { ...project, line, run };
}

async function refused(result: Promise<CliResult>, code: string, message: RegExp): Promise<void> {
  const { stdout, stderr } = await result;
  assert.equal(stdout, "");
  const error = parseErrorHelp(stderr);
  assert.equal(error.code, code, stderr);
  assert.match(error.message, message);
  assert.ok(error.help);
}

function parseErrorHelp(stderr: string): { code: string; message: string; help: string } {
  parseOutput("error", stderr);
  return JSON.parse(stderr).error;
}

async function waitUntilStopped(project: EmbeddedProject): Promise<OutputDocument> {
  let last: CliResult | null = null;
  await waitUntil(async () => (last = await project.line("db stop")).code === 0, "db stop");
  assert.ok(last);
  const { stdout }: CliResult = last;
  return parseOutput("db-stop", stdout);
}
