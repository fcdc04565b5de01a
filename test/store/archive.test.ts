import assert from "node:assert/strict";
import { cp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { readArchiveFile, writeArchiveFile } from "../../src/store/archive-file.ts";
import { ArchiveReader } from "../../src/store/archive-reader.ts";
import {
  restoreArchive,
  type RestoreOptions,
  type RestoreSummary,
} from "../../src/store/archive-restore.ts";
import { readContents } from "../../src/store/archive-tables.ts";
import { writeArchive, type ArchiveSummary } from "../../src/store/archive-write.ts";
import type { Database } from "../../src/store/connection.ts";
import { migrate, migrateInside, ownMigrations, ownRelations } from "../../src/store/migrate.ts";
import { fillOddly, ODD_TEXTS } from "../helpers/archive-fill.ts";
import { emptyDatabase } from "../helpers/archive-move.ts";
import { everyRow } from "../helpers/archive-rows.ts";
import { testDatabase, type TestDatabase } from "../helpers/database.ts";
import { temporaryDirectory } from "../helpers/test-server.ts";

const NEVER = new AbortController().signal;

test("what was exported is imported row by row, and goes on where it stood", async (t) => {
  const { database, file, directory } = await filled(t);
  const { header, rows } = await exportTo(file, database);
  assert.deepEqual([header.live, header.project, header.schema], [false, "odd", "cronverge"]);
  assert.equal(rows["logs"], ODD_TEXTS.length);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(directory), ["export.gz"]);

  const target = (await emptyDatabase(t)).database;
  const restored = await importFrom(file, target, { project: "odd" });
  assert.deepEqual([restored.migrated, restored.rows], [[], rows]);
  assert.deepEqual(await everyRow(target), await everyRow(database));
  const [line] = await target.query<{ id: number; fence: number }>(
    `insert into logs (level, module, message) values ('INFO', 'm', 'next')
     returning id, nextval('fence_seq') as fence`,
  );
  assert.deepEqual(line, { id: ODD_TEXTS.length + 1, fence: 42 });
});

test("what a trigger wrote is not written twice, and triggers work after an import", async (t) => {
  const migrations = await directoryOf(t);
  const own = new URL("../../src/store/migrations/", import.meta.url);
  await cp(own, migrations, { recursive: true });
  await writeFile(join(migrations, "9000-trigger.sql"), TRIGGER);
  const from = (await emptyDatabase(t)).database;
  await migrate(from, { schema: "cronverge", directory: migrations });
  await fillOddly(from);
  const file = join(migrations, "export.gz");
  const options = { replace: true, signal: NEVER };
  await writeArchiveFile(file, options, (write) =>
    writeArchive(from, { live: false, write, directory: migrations }),
  );
  const { database: target } = await emptyDatabase(t);
  await importFrom(file, target, { directory: migrations });
  const count = "select sum(n)::integer as n from line_counts";
  assert.deepEqual(await target.query(count), [{ n: ODD_TEXTS.length }]);
  await target.query("insert into logs (level, module, message) values ('INFO', 'm', 'more')");
  assert.deepEqual(await target.query(count), [{ n: ODD_TEXTS.length + 1 }]);
});

const TRIGGER = `
create table line_counts (n bigint not null);
create function count_lines() returns trigger language plpgsql set search_path from current as $$
begin
  insert into line_counts select count(*) from written;
  return null;
end $$;
create trigger line_counted after insert on logs referencing new table as written
  for each statement execute function count_lines();`;

test("an import goes into an empty schema only, and one that fails leaves nothing", async (t) => {
  const { database, file } = await filled(t);
  await exportTo(file, database);
  const before = await everyRow(database);
  await assert.rejects(importFrom(file, database), {
    code: "database_not_empty",
    message: /has a schedule already/,
    help: /another database\.schema/,
  });
  assert.deepEqual(await everyRow(database), before);

  const { database: opened } = await testDatabase(t);
  await opened.query(
    "insert into scheduler_state values ('project', 'other'), ('zone_data', '2020a')",
  );
  await importFrom(file, opened);
  assert.deepEqual(await everyRow(opened), before, "a schema that was only opened is empty");

  const target = (await emptyDatabase(t)).database;
  await assert.rejects(importFrom(file, target, { project: "mine" }), {
    code: "project_mismatch",
    message: /of the project "odd".*of "mine"/,
  });
  const check = (): Promise<void> => Promise.reject(new Error("no"));
  await assert.rejects(importFrom(file, target, { check }), /^Error: no$/);
  assert.deepEqual(await schemas(target), []);
});

test("a file that is cut, changed, newer or another is refused", async (t) => {
  const { database, file } = await filled(t);
  await exportTo(file, database);
  const whole = await readFile(file);
  const target = (await emptyDatabase(t)).database;
  const refused = async (bytes: Buffer, error: object): Promise<void> => {
    await writeFile(file, bytes);
    await assert.rejects(importFrom(file, target), error);
    assert.deepEqual(await schemas(target), []);
  };
  const invalid = (message: RegExp): object => ({ code: "export_invalid", message });
  const text = gunzipSync(whole).toString();
  const changed = (change: (text: string) => string): Buffer => {
    const other = change(text);
    assert.notEqual(other, text);
    return gzipSync(other);
  };
  await refused(whole.subarray(0, whole.length / 2), invalid(/not all of it is there/));
  await refused(Buffer.from("jobs: {}"), invalid(/damaged/));
  await refused(gzipSync("jobs: {}\n"), invalid(/does not begin/));
  await refused(
    changed((given) => given.slice(0, given.lastIndexOf('{"end"'))),
    invalid(/ends in the middle/),
  );
  await refused(
    changed((given) => given.replace("1970-01-01 00:00:00", "1970-01-01 00:00:01")),
    invalid(/checksum/),
  );
  await refused(
    changed((given) => `${given}more\n`),
    invalid(/something follows/),
  );
  await refused(
    changed((given) => given.replace('{"table":"logs"', '{"table":"pg_class"')),
    invalid(/pg_class/),
  );
  await refused(
    changed((given) => given.replace('"epoch"', "").replace("\t1.0.0\t", "\t1.0.0\t\t")),
    invalid(/a row of job_versions/),
  );
  await refused(
    changed((given) => given.replace('"schema_version":', '"schema_version":9')),
    { code: "schema_newer", help: /or newer/ },
  );
  await refused(
    changed((given) => given.replace('"format_version":1', '"format_version":2')),
    { code: "schema_newer" },
  );
});

test("an export of an older schema is imported as it was, and then migrated", async (t) => {
  const { database: newer } = await testDatabase(t);
  const older = (await emptyDatabase(t)).database;
  await older.transaction((tx) => migrateInside(tx, { schema: "cronverge", upTo: 1 }));
  await older.query(
    `insert into scheduled_jobs (id, job_name, schedule, spec, spec_hash, run_count, last_status)
     values ('j1', 'old', '', '{"name": "old"}', 'x', 7, 'success')`,
  );
  const file = join(await directoryOf(t), "export.gz");
  const { header } = await exportTo(file, older);
  assert.equal(header.schema_version, 1);
  // A schema of now without rows makes way for that of the export.
  const { migrated } = await importFrom(file, newer);
  assert.deepEqual(
    migrated,
    (await ownMigrations()).slice(1).map(({ version }) => version),
  );
  const [job] = await newer.query(
    "select j.run_count as n, spec -> 'overlap' as o from scheduled_jobs j",
  );
  assert.deepEqual(job, { n: 7, o: "skip" });
});

test("a live export has no node that a new one could take for alive", async (t) => {
  const { database, file } = await filled(t);
  await database.query(
    "update nodes set lease_until = clock_timestamp() + interval '1 hour', process_start = 'x'",
  );
  await exportTo(file, database, true);
  const target = (await emptyDatabase(t)).database;
  await importFrom(file, target);
  assert.deepEqual(
    await target.query(
      "select process_start, lease_until <= clock_timestamp() as over, state from nodes",
    ),
    [{ process_start: null, over: true, state: "live" }],
  );
});

test("all that migrations make is exported, and nothing of others in the same schema", async (t) => {
  const { database } = await testDatabase(t);
  const catalog = await database.query<{ name: string; kind: string }>(
    `select relname as name, relkind::text as kind from pg_class
      where relnamespace = 'cronverge'::regnamespace and relkind in ('r', 'S') order by 1`,
  );
  await database.query("create table strangers (id serial)");
  const { tables, sequences, foreign } = await readContents(database, { schema: "cronverge" });
  const names = [...tables.map(({ table }) => table), ...sequences, "schema_migrations"];
  assert.deepEqual(names.sort(), catalog.map(({ name }) => name).sort());
  assert.deepEqual(foreign, ["strangers"]);
  assert.ok((await ownRelations()).tables.has("executions"));
});

test("a write that fails leaves the file that was there, and its own error", async (t) => {
  const file = join(await directoryOf(t), "export.gz");
  await writeFile(file, "before");
  const options = { replace: true, signal: NEVER };
  await assert.rejects(
    writeArchiveFile(file, options, () => Promise.reject(new Error("no"))),
    /^Error: no$/,
  );
  const stopped = AbortSignal.timeout(50);
  await assert.rejects(
    writeArchiveFile(file, { replace: true, signal: stopped }, () => new Promise(() => undefined)),
  );
  assert.equal(await readFile(file, "utf8"), "before");
  assert.deepEqual(await readdir(join(file, "..")), ["export.gz"]);
  await assert.rejects(
    writeArchiveFile(file, { ...options, replace: false }, () => Promise.resolve()),
    { code: "io", help: /--force/ },
  );
});

async function filled(
  t: TestContext,
): Promise<Pick<TestDatabase, "database"> & { file: string; directory: string }> {
  const { database } = await testDatabase(t);
  await database.query(
    "insert into scheduler_state values ('project', 'odd'), ('zone_data', '2026b')",
  );
  await fillOddly(database);
  const directory = await directoryOf(t);
  return { database, directory, file: join(directory, "export.gz") };
}

async function directoryOf(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory();
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function schemas(database: Database): Promise<unknown[]> {
  return database.query("select from pg_namespace where nspname = 'cronverge'");
}

function exportTo(file: string, database: Database, live = false): Promise<ArchiveSummary> {
  return writeArchiveFile(file, { replace: true, signal: NEVER }, (write) =>
    writeArchive(database, { live, write }),
  );
}

async function importFrom(
  file: string,
  database: Database,
  options: Partial<RestoreOptions> = {},
): Promise<RestoreSummary> {
  const reader = new ArchiveReader(readArchiveFile(file, NEVER));
  try {
    return await restoreArchive(database, reader, { project: null, ...options });
  } finally {
    await reader.close();
  }
}
