import assert from "node:assert/strict";
import { test } from "node:test";
import { GrantedDatabases } from "../../src/daemon/databases.ts";
import { GrantedDatabase } from "../../src/execute/granted-database.ts";
import type { DatabaseRequest, SchedulerToJob } from "../../src/sandbox/messages.ts";
import type { Database } from "../../src/store/connection.ts";
import { launcherFor, NO_PERMISSIONS, runJobCode, scratch } from "../execute/attempt.ts";
import { testDatabase, untilBlocked } from "../helpers/database.ts";
import { waitUntil } from "../helpers/wait-until.ts";

const never = new AbortController().signal;

test("a granted database answers queries in JSON", async (t) => {
  const { url } = await testDatabase(t);
  await using databases = new GrantedDatabases(async () => url);
  const session = databases.session("app", never);
  const rows = await session.query("select $1::int + 1 as n, $2::text as text, $3::jsonb as json", [
    1,
    "a'b",
    { deep: [1, null] },
  ]);
  assert.deepEqual(rows, [{ n: 2, text: "a'b", json: { deep: [1, null] } }]);
  const [dated] = await session.query("select timestamptz '2026-01-01T00:00:00Z' as at", []);
  assert.deepEqual(dated, { at: "2026-01-01T00:00:00.000Z" });
});

test("a transaction is committed or rolled back by whoever drives it", async (t) => {
  const { database, url } = await testDatabase(t);
  await database.query("create table things (name text)");
  await using databases = new GrantedDatabases(async () => url);
  const session = databases.session("app", never);
  const kept = await session.begin();
  await kept.query("insert into cronverge.things values ('kept')", []);
  await kept.commit();
  const undone = await session.begin();
  await undone.query("insert into cronverge.things values ('undone')", []);
  await undone.rollback();
  assert.deepEqual(await database.query("select name from things"), [{ name: "kept" }]);
});

test("a failed statement says why, and the session goes on", async (t) => {
  const { url } = await testDatabase(t);
  await using databases = new GrantedDatabases(async () => url);
  const session = databases.session("app", never);
  await assert.rejects(session.query("select * from nowhere", []), /nowhere/);
  assert.equal((await session.query("select 1 as one", [])).length, 1);
});

test("jobs have the limits of the server, trusted code has those of the scheduler", async (t) => {
  const { url } = await testDatabase(t);
  await using databases = new GrantedDatabases(async () => url);
  const limits = `
    select current_setting('statement_timeout') as statement,
           current_setting('idle_in_transaction_session_timeout') as idle`;
  const [ofJobs] = await databases.session("app", never).query(limits, []);
  assert.deepEqual(ofJobs, { statement: "0", idle: "0" });
  const [trusted] = await (await databases.database("app")).query(limits);
  assert.deepEqual(trusted, { statement: "1min", idle: "5s" });
});

test("a statement and a transaction may take longer than those of the scheduler", async (t) => {
  const { database, url } = await testDatabase(t);
  await database.query("create table public.things (name text)");
  await using databases = new GrantedDatabases(async () => url);
  const session = databases.session("app", never);
  const [held, holding] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holder = database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(1)");
    held.resolve();
    await holding.promise;
  });
  await held.promise;
  // The driver connects by timers: all connections are opened before these are the test's.
  const opened = await Promise.all([session.begin(), session.begin()]);
  for (const transaction of opened) await transaction.rollback();
  await untilBlocked(database, 0);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const transaction = await session.begin();
  await transaction.query("insert into things values ('long')", []);
  const statement = session.query("select pg_advisory_xact_lock(1)", []);
  await untilBlocked(database, 1);
  t.mock.timers.tick(50_000);
  t.mock.timers.reset();
  holding.resolve();
  await holder;
  assert.equal((await statement).length, 1);
  await transaction.commit();
  assert.equal((await database.query("select name from public.things")).length, 1);
});

test("a rotated password cuts nothing that is under way", async (t) => {
  const { database, url } = await testDatabase(t);
  await database.query("create table public.things (name text)");
  let current = url;
  await using databases = new GrantedDatabases(async () => current);
  const session = databases.session("app", never);
  const transaction = await session.begin();
  await transaction.query("insert into things values ('kept')", []);
  current = `${url}&application_name=other`;
  assert.equal((await session.query("select 1 as one", [])).length, 1);
  await transaction.commit();
  assert.equal((await database.query("select name from public.things")).length, 1);
  const open = `
    select 1 from pg_stat_activity
     where datname = current_database() and application_name like 'cronverge job database%'`;
  await waitUntil(async () => (await database.query(open)).length === 1, "the old one is closed");
});

/** What jobs have the server do now. */
async function underWay(database: Database): Promise<unknown[]> {
  return database.query(
    `select state, query from pg_stat_activity
      where application_name = 'cronverge job database app' and state <> 'idle'`,
  );
}

/** One attempt that was granted the database `app`. */
function attempt(databases: GrantedDatabases) {
  const responses = new Map<number, Extract<SchedulerToJob, { type: "response" }>>();
  const granted = new GrantedDatabase({
    granted: ["app"],
    open: (name, signal) => databases.session(name, signal),
    respond: (message) => void responses.set(message.id, message),
  });
  let lastId = 0;
  const ask = async (request: DatabaseRequest) => {
    lastId += 1;
    const id = lastId;
    await granted.serve(id, request);
    return responses.get(id);
  };
  const query = (text: string, transaction: number | null = null) =>
    ask({ method: "query", database: "app", transaction, text, parameters: [] });
  const begin = async (): Promise<number> => {
    const response = await ask({ method: "begin", database: "app" });
    assert.ok(response !== undefined && "value" in response, JSON.stringify(response));
    return Number(response.value);
  };
  return { query, begin, close: () => granted.close() };
}

test("at the end of an attempt the server does nothing for it any more", async (t) => {
  const { database, url } = await testDatabase(t);
  await database.query("create table public.things (name text)");
  await using databases = new GrantedDatabases(async () => url);
  const { query, begin, close } = attempt(databases);
  const [idle, busy] = [await begin(), await begin()];
  await query("insert into things values ('idle')", idle);
  await query("insert into things values ('busy')", busy);
  const left = [
    query("select pg_sleep(60)", busy),
    query("insert into things select 'alone' from pg_sleep(60)"),
    query("insert into things select 'alone' from pg_sleep(60)"),
    // All four connections are in use.
    query("insert into things values ('waiting')"),
    begin().catch(() => undefined),
  ];
  await waitUntil(async () => (await underWay(database)).length === 4, "they are under way");
  await close();
  assert.deepEqual(await underWay(database), []);
  await Promise.allSettled(left);
  assert.deepEqual(await database.query("select name from public.things"), []);
  const next = attempt(databases);
  assert.deepEqual(await next.query("select 1 as one"), {
    type: "response",
    id: 1,
    value: [{ one: 1 }],
  });
  await next.close();
});

test("a run that is cancelled leaves no statement behind, and none takes effect", async (t) => {
  const { database, url } = await testDatabase(t);
  await database.query("create table public.things (name text)");
  await using databases = new GrantedDatabases(async () => url);
  const cancel = new AbortController();
  const code = `
    export default (ctx) => ctx.database("app")\`insert into things select 'late' from pg_sleep(60)\`;`;
  const run = runJobCode(code, {
    folder: await scratch(t),
    launcher: await launcherFor(t),
    spec: { permissions: { ...NO_PERMISSIONS, database: ["app"] } },
    signal: cancel.signal,
    database: (name, over) => databases.session(name, over),
  });
  await waitUntil(async () => (await underWay(database)).length === 1, "its statement runs");
  cancel.abort("cancel_requested");
  assert.equal((await run).outcome.status, "cancelled");
  assert.deepEqual(await underWay(database), []);
  assert.deepEqual(await database.query("select name from public.things"), []);
});

test("no statement outlives a scheduler that is gone", async (t) => {
  const { database, url } = await testDatabase(t);
  await database.query("create table public.things (name text)");
  const databases = new GrantedDatabases(async () => url);
  const lost = databases
    .session("app", never)
    .query("insert into things select 'late' from pg_sleep(60)", []);
  await waitUntil(async () => (await underWay(database)).length === 1, "the statement runs");
  // As when the process is killed: its sockets are closed, and nobody asks for anything.
  await Promise.all([assert.rejects(lost), databases[Symbol.asyncDispose]()]);
  await waitUntil(async () => (await underWay(database)).length === 0, "the server notices");
  assert.deepEqual(await database.query("select name from public.things"), []);
});
