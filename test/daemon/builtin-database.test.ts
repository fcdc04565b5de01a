import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuiltinRun } from "../../src/model/job.ts";
import type { Database } from "../../src/store/connection.ts";
import type { JobExecution } from "../../src/store/executions.ts";
import { findExecution } from "../../src/store/executions.ts";
import { column } from "../helpers/builtins.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { startEngine, type TestEngine } from "../helpers/engine.ts";
import { triggerByHand } from "../helpers/runs.ts";

const RUN: BuiltinRun = { type: "builtin", builtin: "cleanup_empty_contexts" };

/** The tables as an application may keep them: its ids are of a type of its own. */
const TABLES = `
  create table public.user_contexts (
    context_id uuid primary key default gen_random_uuid(), kind text not null default 'user',
    session_id uuid, name text, created_at timestamptz not null default now());
  create table public.task_messages (context_id uuid);
  create table public.mcp_tool_executions (context_id uuid);`;

test("a built-in works on the database that its job names, and nowhere else", async (t) => {
  const own = await testDatabase(t);
  const app = await testDatabase(t);
  const { database } = own;
  const settings = {
    url: null,
    schema: "cronverge",
    leaseMs: 15_000,
    pooled: false,
    connections: { app: app.url },
  };
  await applyJobs(database, [
    commandJob("theirs", { schedule: null, run: { ...RUN, enforce: true, database: "app" } }),
    commandJob("observing", { schedule: null, run: { ...RUN, enforce: false, database: "app" } }),
    commandJob("ours", { schedule: null, run: { ...RUN, enforce: true } }),
    commandJob("missing", { schedule: null, run: { ...RUN, enforce: true, database: "none" } }),
    commandJob("wrong", {
      schedule: null,
      run: { ...RUN, enforce: true },
      parameters: { retention_hours: "a day" },
    }),
  ]);
  const engine = await startEngine(t, database, { database: settings });
  const run = (name: string): Promise<JobExecution> => runToEnd(database, engine, name);
  await app.database.transaction((tx) => tx.script(TABLES));
  await app.database.query(
    `insert into public.user_contexts (name, created_at) values
       ('old', now() - interval '2 days'), ('fresh', now())`,
  );
  const names = "select name from public.user_contexts order by 1";
  await t.test("a missing table is named, with the remedy, and nothing is deleted", async () => {
    const failed = await run("theirs");
    assert.equal(failed.status, "failed");
    assert.match(
      failed.error ?? "",
      /^the database app has no table governance_decisions in its schema public: create what is missing, as docs\/maintenance\.md describes it/,
    );
    await app.database.query("create table public.governance_decisions (decision text)");
    assert.match(
      (await run("theirs")).error ?? "",
      /has no column governance_decisions\.context_id in/,
    );
    assert.deepEqual(await column(app.database, names), ["fresh", "old"]);
    await app.database.query("alter table public.governance_decisions add context_id uuid");
  });
  await t.test("it observes there, and then deletes there", async () => {
    await database.query(
      `insert into user_contexts (context_id, user_id, name, created_at)
       values ('c', 'u', 'own', now() - interval '2 days')`,
    );
    const observed = await run("observing");
    assert.deepEqual([observed.status, observed.itemsProcessed], ["success", 0]);
    assert.match(observed.message ?? "", /^Would delete 1 empty context;/);
    const done = await run("theirs");
    assert.deepEqual(
      [done.message, done.itemsProcessed, done.itemsFailed],
      ["Deleted 1 empty context", 1, 0],
    );
    assert.deepEqual(await column(app.database, names), ["fresh"]);
    assert.deepEqual(await column(database, "select name from user_contexts"), ["own"]);
  });
  await t.test("without a name it works on the scheduler's own", async () => {
    assert.equal((await run("ours")).message, "Deleted 1 empty context");
  });
  await t.test("a connection that is gone, and a wrong parameter, fail the run", async () => {
    assert.match((await run("missing")).error ?? "", /there is no database\.connections\.none/);
    assert.match(
      (await run("wrong")).error ?? "",
      /^invalid job parameter retention_hours="a day": it must be a whole number from 1 to 87600/,
    );
  });
});

async function runToEnd(
  database: Database,
  { engine, events }: TestEngine,
  name: string,
): Promise<JobExecution> {
  const { id } = await triggerByHand(database, name);
  engine.wake();
  await events.next("run_finished", ({ executionId }) => executionId === id);
  const ended = await findExecution(database, id);
  assert.ok(ended);
  return ended;
}
