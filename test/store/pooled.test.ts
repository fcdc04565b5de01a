import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, type Database } from "../../src/store/connection.ts";
import { cli, startUp } from "../helpers/cli.ts";
import { testDatabase, toUrl, type Cleanup } from "../helpers/database.ts";
import { NO_POOLER, startPooler } from "../helpers/pooler.ts";
import { testProject } from "../helpers/project.ts";
import { together } from "../helpers/together.ts";

const options = { skip: NO_POOLER };

async function pooledDatabase(t: Cleanup): Promise<{ database: Database; url: string }> {
  const { address } = await testDatabase(t);
  const pooler = await startPooler(t, address);
  const given = { schema: "cronverge", applicationName: "test", maxConnections: 8, pooled: true };
  const database = await connect({ ...given, url: pooler });
  t.after(async () => database[Symbol.asyncDispose]());
  return { database, url: toUrl(pooler) };
}

const SETTINGS = `select current_setting('search_path') as path, current_setting('TimeZone') as zone,
  current_setting('statement_timeout') as timeout, $1::int as n`;

test(
  "through a pooler each statement and each transaction has its settings",
  options,
  async (t) => {
    const { database } = await pooledDatabase(t);
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    const rows = await together(numbers, async (n) => {
      const [alone] = await database.query<{ n: number }>(SETTINGS, [n]);
      const [inside] = await database.transaction((tx) => tx.query<{ n: number }>(SETTINGS, [n]));
      assert.deepEqual(inside, alone);
      return alone;
    });
    assert.deepEqual(
      rows.map((row) => row?.n),
      numbers,
    );
    assert.deepEqual(rows[0], { path: "cronverge", zone: "UTC", timeout: "1min", n: 0 });
  },
);

test(
  "through a pooler a failed statement undoes its transaction and spoils no other",
  options,
  async (t) => {
    const { database } = await pooledDatabase(t);
    await assert.rejects(database.query("select 1 / $1::int", [0]), /division by zero/);
    const writing = database.transaction(async (tx) => {
      await tx.query("insert into scheduler_state (key, value) values ('a', 'b')");
      throw new Error("changed its mind");
    });
    await assert.rejects(writing, /changed its mind/);
    assert.deepEqual(await database.query("select from scheduler_state where key = 'a'"), []);
  },
);

test(
  "a scheduler behind a pooler keeps its schedule, and sees a run by hand in time",
  options,
  async (t) => {
    const { url } = await pooledDatabase(t);
    const project = await testProject(
      t,
      `project: pooled
database: {url: "${url}", pooled: true}
jobs:
  tick: {schedule: {every: 1s}, command: [echo, tick]}
  hand: {command: [echo, hand]}
`,
    );
    const here = { cwd: project.root };
    const up = startUp(t, here);
    const ticked = await up.line((line) => line["event"] === "run_finished");
    assert.deepEqual([ticked["job_name"], ticked["state"]], ["tick", "success"]);
    const ran = await cli(["jobs", "run", "hand"], here);
    assert.equal(ran.code, 0, ran.stderr);
    const seen = await up.line((line) => line["job_name"] === "hand");
    assert.equal(seen["trigger"], "manual", "the scheduler took it, not the command");
    up.kill("SIGTERM");
    assert.equal(await up.ended, 0);
  },
);
