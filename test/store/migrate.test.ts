import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { connect, type ConnectionAddress, type Database } from "../../src/store/connection.ts";
import { checkMigrated, migrate, migrateEmpty, migrateInside } from "../../src/store/migrate.ts";
import { testDatabase, untilBlocked } from "../helpers/database.ts";

const FIRST = {
  "0001-first.sql": "create table notes (note text); create table more (id integer)",
};
const SECOND = {
  ...FIRST,
  "0002-second.sql": "alter table notes add column written timestamptz(3)",
};

test("what is missing is applied once, in the schema", async (t) => {
  const { database, schema } = await freshSchema(t);
  const first = await directoryOf(t, FIRST);
  assert.deepEqual(await migrate(database, { schema, directory: first }), {
    applied: [1],
    version: 1,
  });
  assert.deepEqual(await migrate(database, { schema, directory: first }), {
    applied: [],
    version: 1,
  });
  const second = await directoryOf(t, SECOND);
  assert.deepEqual(await migrate(database, { schema, directory: second }), {
    applied: [2],
    version: 2,
  });
  const tables = await database.query(
    "select table_name as name from information_schema.tables where table_schema = $1 order by 1",
    [schema],
  );
  assert.deepEqual(tables, [{ name: "more" }, { name: "notes" }, { name: "schema_migrations" }]);
  assert.deepEqual(await database.query("select written from notes"), []);
});

test("of five processes at once, one migrates", async (t) => {
  const { schema, address } = await freshSchema(t);
  const directory = await directoryOf(t, SECOND);
  const databases = await Promise.all(Array.from({ length: 5 }, () => open(t, address, schema)));
  const results = await Promise.all(
    databases.map((database) => migrate(database, { schema, directory })),
  );
  assert.deepEqual(
    results.flatMap((result) => result.applied),
    [1, 2],
  );
  assert.deepEqual(
    results.map((result) => result.version),
    [2, 2, 2, 2, 2],
  );
});

test("a schema of a newer version is refused", async (t) => {
  const { database, schema } = await freshSchema(t);
  await migrate(database, { schema, directory: await directoryOf(t, SECOND) });
  const older = { schema, directory: await directoryOf(t, FIRST) };
  await assert.rejects(migrate(database, older), { code: "schema_newer", help: /upgrade/ });
  await assert.rejects(checkMigrated(database, older), { code: "schema_newer" });
});

test("an edited migration is refused, other line ends are not", async (t) => {
  const { database, schema } = await freshSchema(t);
  const original = { "0001-first.sql": "create table notes (\n  note text\n)" };
  await migrate(database, { schema, directory: await directoryOf(t, original) });
  const windows = { "0001-first.sql": "create table notes (\r\n  note text\r\n)" };
  await migrate(database, { schema, directory: await directoryOf(t, windows) });
  const edited = { "0001-first.sql": "create table notes (note text, more text)" };
  const directory = await directoryOf(t, edited);
  await assert.rejects(migrate(database, { schema, directory }), {
    code: "database_failed",
    message: /migration 1 \(first\)/,
    help: /never edited/,
  });
});

test("a failing migration leaves nothing behind", async (t) => {
  const { database, schema } = await freshSchema(t);
  const bad = { ...FIRST, "0002-bad.sql": "create table good (id integer); create tabel bad" };
  const directory = await directoryOf(t, bad);
  await assert.rejects(migrate(database, { schema, directory }), { code: "database_failed" });
  assert.deepEqual(
    await database.query("select from pg_namespace where nspname = $1", [schema]),
    [],
  );
});

test("a command that must not migrate says that it is missing", async (t) => {
  const { database, schema } = await freshSchema(t);
  const options = { schema, directory: await directoryOf(t, SECOND) };
  await assert.rejects(checkMigrated(database, options), {
    code: "database_failed",
    message: /lacks 2 of 2 migrations/,
    help: /cronverge up/,
  });
  await migrate(database, options);
  await checkMigrated(database, options);
});

test("a command that asks makes the tables where there are none, and leaves an older schema as it is", async (t) => {
  const { schema, address } = await freshSchema(t);
  const first = { schema, directory: await directoryOf(t, FIRST) };
  const second = { schema, directory: await directoryOf(t, SECOND) };
  const databases = await Promise.all(Array.from({ length: 5 }, () => open(t, address, schema)));
  await Promise.all(databases.map((database) => migrateEmpty(database, first)));
  const [database] = databases;
  assert.ok(database);
  await checkMigrated(database, first);
  const lacking = { code: "database_failed", message: /lacks 1 of 2/, help: /db migrate/ };
  await assert.rejects(migrateEmpty(database, second), lacking);
  await checkMigrated(database, first);
  await migrate(database, second);
  await migrateEmpty(database, second);
  await assert.rejects(migrateEmpty(database, first), { code: "schema_newer" });
});

test("a schema that an older version makes at the same moment is left as it is, too", async (t) => {
  const { database, schema, address } = await freshSchema(t);
  const other = await open(t, address, schema);
  const first = { schema, directory: await directoryOf(t, FIRST) };
  const second = { schema, directory: await directoryOf(t, SECOND) };
  let asking: Promise<unknown> = Promise.resolve();
  await database.transaction(async (tx) => {
    await migrateInside(tx, first);
    asking = assert.rejects(migrateEmpty(other, second), { message: /lacks 1 of 2/ });
    await untilBlocked(database, 1);
  });
  await asking;
  await checkMigrated(database, first);
});

test("the project's own migrations apply to an empty database", async (t) => {
  const { database, schema } = await freshSchema(t);
  const { applied, version } = await migrate(database, { schema });
  assert.deepEqual([applied.at(0), applied.at(-1)], [1, version]);
});

const SCHEMA = 'odd "schema"';

async function freshSchema(
  t: TestContext,
): Promise<{ database: Database; schema: string; address: ConnectionAddress }> {
  const { address } = await testDatabase(t);
  return { database: await open(t, address, SCHEMA), schema: SCHEMA, address };
}

async function open(t: TestContext, url: ConnectionAddress, schema: string): Promise<Database> {
  const options = { schema, applicationName: "test", maxConnections: 2 };
  const database = await connect({ ...options, url, pooled: false });
  t.after(() => database[Symbol.asyncDispose]());
  return database;
}

async function directoryOf(t: TestContext, files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "cronverge-migrations-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  for (const [name, sql] of Object.entries(files)) await writeFile(join(directory, name), sql);
  return directory;
}
