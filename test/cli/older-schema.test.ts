import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandResult } from "../../src/cli/result.ts";
import { openTerminal } from "../../src/cli/terminal.ts";
import { SchedulerError } from "../../src/model/errors.ts";
import type { Database } from "../../src/store/connection.ts";
import { ownSchemaVersion } from "../../src/store/migrate.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase } from "../helpers/database.ts";
import { parseCommandLine } from "../helpers/command-line.ts";
import { testNode } from "../helpers/node.ts";
import type { OldSchema } from "../helpers/old-schema.ts";
import { schemaBefore } from "../helpers/old-schema.ts";
import { startTestScheduler, testProject } from "../helpers/project.ts";

const ASKING = [
  "status",
  "plan",
  "nodes list",
  "revisions list",
  "revisions show 1",
  "revisions diff 1 2",
  "jobs list",
  "jobs show a",
  "jobs history",
  "jobs next",
  "jobs versions a",
  "explain a now",
  "why a",
  "executions export",
  "logs view",
  "logs view --follow",
  "logs search text",
  "logs show 1",
  "logs export",
  "logs summary",
  "logs cleanup --older-than 1d --dry-run",
  "jobs log-cleanup --dry-run",
];

const WRITING = [
  "jobs run a",
  "jobs enable a",
  "jobs disable a",
  "jobs cancel 1",
  "jobs cleanup-sessions",
  "jobs log-cleanup",
  "backfill a --from yesterday",
  "logs cleanup --older-than 1d",
];

const HELP =
  "run `cronverge db migrate`, or, while older nodes live, the version of cronverge that they have";

interface Typed {
  /** Runs a command line, without the program's name, in this process. */
  type: (line: string) => Promise<CommandResult>;
  /** A scheduler on the same database. */
  start: () => Promise<{ stop: () => Promise<void> }>;
}

async function projectOn(t: Cleanup, url: string, schema: string): Promise<Typed> {
  const project = await testProject(
    t,
    `project: shop
database: {url: {file: url}, schema: ${schema}}
jobs:
  a: {schedule: "@daily", command: ["true"]}
`,
  );
  await project.write("url", url);
  const locate = () => project;
  const terminal = openTerminal({ color: false });
  const context = { terminal, json: true, locate, locateOrHere: locate };
  return {
    async type(line) {
      const results: (CommandResult | number)[] = [];
      await parseCommandLine(`cronverge ${line}`, async (command) => {
        results.push(await command(context));
      });
      const [result] = results;
      assert.ok(typeof result === "object", line);
      return result;
    },
    start: () => startTestScheduler(t, project, url),
  };
}

const own = await ownSchemaVersion();

/** A schema that lacks the last migration. */
const olderSchema = (t: Cleanup): Promise<OldSchema> =>
  schemaBefore(t, String(own).padStart(4, "0"));

async function newest(database: Database): Promise<number> {
  const [row] = await database.query<{ version: number }>(
    "select max(version) as version from schema_migrations",
  );
  return row?.version ?? 0;
}

test("only what deploys brings an older schema up to date; every other command refuses it", async (t) => {
  await using old = await olderSchema(t);
  const { type } = await projectOn(t, old.url, old.schema);
  for (const line of [...ASKING, ...WRITING]) {
    await assert.rejects(type(line), (error) => {
      assert.ok(error instanceof SchedulerError, line);
      const { code, message, help } = error;
      assert.equal(message, `the database schema "old" lacks 1 of ${own} migrations`, line);
      assert.deepEqual([code, help], ["database_failed", HELP]);
      return true;
    });
  }
  const { data } = await type("blame a");
  assert.match(String((data as Record<string, unknown>)["database_note"]), /lacks 1 of/);
  const status = await type("db status");
  assert.equal((status.data as Record<string, unknown>)["schema_version"], own - 1);
  assert.equal(await newest(old.database), own - 1);

  await testNode(old.database, "one");
  await assert.rejects(type("db migrate"), { code: "database_in_use", message: /version 0/ });
  assert.equal(await newest(old.database), own - 1);
  await old.database.query("update nodes set state = 'stopped'");
  await type("db migrate");
  assert.equal(await newest(old.database), own);
  await type("jobs list");
});

test("apply and up bring it up to date", async (t) => {
  await using applied = await olderSchema(t);
  await (await projectOn(t, applied.url, applied.schema)).type("apply");
  assert.equal(await newest(applied.database), own);
  await using run = await olderSchema(t);
  const { stop } = await (await projectOn(t, run.url, run.schema)).start();
  await stop();
  assert.equal(await newest(run.database), own);
});

test("in an empty database a question finds nothing, also when many ask at once", async (t) => {
  const { url } = await testDatabase(t);
  const { type } = await projectOn(t, url, "fresh");
  const lines = ["status", "plan", "jobs list", "jobs history", "nodes list", "logs view"];
  const results = await Promise.all(lines.map(type));
  const titles = results.map(({ title }) => title);
  assert.equal(titles[0], "Scheduler Status");
  assert.deepEqual((await type("jobs history")).data, results[3]?.data);
  await assert.rejects(type("jobs cancel 1"), { code: "execution_not_found" });
});
