import assert from "node:assert/strict";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { dbExport } from "../../src/cli/commands/db-export.ts";
import { dbImport } from "../../src/cli/commands/db-import.ts";
import { dbMigrate } from "../../src/cli/commands/db-migrate.ts";
import { dbStatus } from "../../src/cli/commands/db-status.ts";
import { dbStop } from "../../src/cli/commands/db-stop.ts";
import type { CommandContext } from "../../src/cli/context.ts";
import type { CommandResult } from "../../src/cli/result.ts";
import { openTerminal } from "../../src/cli/terminal.ts";
import { SchedulerError } from "../../src/model/errors.ts";
import { findEmbeddedFacts } from "../../src/store/embedded.ts";
import { startUp } from "../helpers/cli.ts";
import { testProject, type TestProject } from "../helpers/project.ts";
import { waitUntil } from "../helpers/wait-until.ts";
import { parseOutput } from "./output-schemas.ts";

const CONFIG = `project: moving
jobs:
  nightly: {schedule: "0 2 * * *", command: ["true"]}
  often: {schedule: {every: 1h}, command: ["true"]}
`;

test("an embedded database is looked at, made, exported, stopped and moved", async (t) => {
  const first = await embeddedProject(t);
  const { context, root } = first;
  const made = await shown("db-status", dbStatus(context));
  assert.deepEqual([made["kind"], made["exists"], made["running"]], ["embedded", false, false]);
  const migrate = (dryRun: boolean): Promise<Record<string, unknown>> =>
    shown("db-migrate", dbMigrate(context, { dryRun, live: false }));
  const { from, to, migrations } = await migrate(true);
  assert.deepEqual([from, listOf(migrations).length], [0, to]);
  const file = join(root, "export.gz");
  await refused(dbExport(context, { file, live: false, force: false }), "database_failed");
  assert.deepEqual(await readdir(root), ["services"], "a question makes nothing");
  assert.equal((await migrate(false))["from"], 0);

  const up = startUp(t, { cwd: root });
  await up.line(({ event }) => event === "applied");
  const running = await shown("db-status", dbStatus(context));
  const { pid, nodes, running: isRunning, schema_version: version } = running;
  assert.deepEqual([isRunning, listOf(nodes).length, version], [true, 1, to]);
  assert.equal((await migrate(false))["from"], to, "what is up to date may be so while nodes live");
  await refused(dbStop(context), "database_in_use", /a node lives/);
  await refused(dbExport(context, { file, live: false, force: false }), "database_in_use");
  const backup = await shown("db-export", dbExport(context, { file, live: true, force: false }));
  assert.equal(backup["live"], true);
  await refused(dbImport(context, file), "database_in_use", /a node lives/);

  up.kill("SIGKILL");
  await up.ended;
  // What its launcher holds open ends with it, a moment later.
  assert.equal((await stoppedOnce(context))["pid"], pid);
  assert.equal((await shown("db-stop", dbStop(context)))["stopped"], false);

  await refused(dbExport(context, { file, live: false, force: false }), "io", /exists/);
  const exported = await shown("db-export", dbExport(context, { file, live: false, force: true }));
  assert.equal(exported["live"], false);
  const second = await embeddedProject(t);
  await refused(dbImport(second.context, file), "project_mismatch", /holds the schedule of/);
  // As it is when the first is gone, or on another machine.
  await rename(first.configFile, `${first.configFile}.moved`);
  const imported = await shown("db-import", dbImport(second.context, file));
  assert.equal(imported["total_rows"], exported["total_rows"]);
  await refused(dbImport(second.context, file), "database_not_empty", /has a schedule already/);
});

test("data of another major is moved as the error says", async (t) => {
  const project = await embeddedProject(t);
  const { context } = project;
  await dbMigrate(context, { dryRun: false, live: false });
  const file = join(project.root, "export.gz");
  await dbExport(context, { file, live: false, force: false });
  const facts = await findEmbeddedFacts(project);
  assert.ok(facts);
  await writeFile(join(facts.directory, "data", "PG_VERSION"), "17\n");
  const { help = "" } = await refused(dbImport(context, file), "unsupported", /of PostgreSQL 17/);
  assert.match(help, /has PostgreSQL 17.* run `cronverge db export FILE`/);
  const [, directory = ""] =
    /then move (.*), and here run `cronverge db import FILE`/.exec(help) ?? [];
  assert.ok(directory.endsWith(" away"), help);
  const moved = directory.slice(0, -" away".length);
  await rename(moved, `${moved}.old`);
  await shown("db-import", dbImport(context, file));
});

interface EmbeddedProject extends TestProject {
  /** For commands of this process, with `--json`. */
  context: CommandContext;
}

async function embeddedProject(t: TestContext): Promise<EmbeddedProject> {
  // Before the project's own clean-up, which takes away by what its server is found.
  t.after(async () => {
    const facts = await findEmbeddedFacts(project);
    if (facts === null) return;
    if (facts.pid !== null) process.kill(facts.pid, "SIGQUIT");
    await rm(dirname(facts.directory), { recursive: true, force: true, maxRetries: 20 });
  });
  const project = await testProject(t, CONFIG);
  const locate = (): TestProject => project;
  const terminal = openTerminal({ color: false });
  return { ...project, context: { terminal, json: true, locate, locateOrHere: locate } };
}

/** The data of a command that succeeds, which keeps to its schema and has a text too. */
async function shown(
  schema: string,
  command: Promise<CommandResult>,
): Promise<Record<string, unknown>> {
  const { data, artifactType, title, text } = await command;
  assert.match(text({ color: (_, plain) => plain, width: 100 }), /\S\n$/);
  return parseOutput(schema, JSON.stringify({ data, artifact_type: artifactType, title })).data;
}

async function refused(
  command: Promise<CommandResult>,
  code: string,
  message: RegExp = /./,
): Promise<SchedulerError> {
  const error: unknown = await command.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SchedulerError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  assert.ok(error.help);
  return error;
}

async function stoppedOnce(context: CommandContext): Promise<Record<string, unknown>> {
  let data: Record<string, unknown> = {};
  await waitUntil(async () => {
    data = await shown("db-stop", dbStop(context)).catch(() => ({}));
    return data["stopped"] === true;
  }, "db stop");
  return data;
}

function listOf(value: unknown): unknown[] {
  assert.ok(Array.isArray(value));
  return value;
}
