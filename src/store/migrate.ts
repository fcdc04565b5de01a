import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SchedulerError } from "../model/errors.ts";
import { PROGRAM_FILES } from "../model/program-files.ts";
import { sqlState, type Database, type Transaction } from "./connection.ts";

export interface MigrateOptions {
  schema: string;
  /** Default: the migrations of this version of Cronverge. */
  directory?: string;
}

interface Migration {
  version: number;
  name: string;
  checksum: string;
  sql: string;
}

/** What a schema remembers of a migration: its number, its name, and the sha256 of its text. */
export type AppliedMigration = Omit<Migration, "sql">;

const DEADLINE_MS = 10 * 60_000;

/**
 * Brings the schema up to date: every missing migration in one transaction, under an advisory lock,
 * so that of several processes one does the work and the others find it done.
 *
 * @throws SchedulerError `schema_newer` when a newer version of Cronverge has been here,
 * `database_failed` when an applied migration was edited or a statement fails
 */
export async function migrate(
  database: Database,
  options: MigrateOptions,
): Promise<{ applied: number[]; version: number }> {
  const known = await readMigrations(options.directory ?? OWN_DIRECTORY);
  const version = known.at(-1)?.version ?? 0;
  if (findMissing(known, await readApplied(database)).length === 0) return { applied: [], version };
  const applied = await database.transaction((tx) => applyMissing(tx, known, options), {
    deadlineMs: DEADLINE_MS,
    idempotent: true,
  });
  return { applied, version };
}

/**
 * Makes the tables of a schema that has none yet. One of an older version is left as it is and refused:
 * nodes may live on it that would run nothing new once it is newer than they are.
 *
 * @throws SchedulerError `schema_newer` | `database_failed`
 */
export async function migrateEmpty(database: Database, options: MigrateOptions): Promise<void> {
  const known = await readMigrations(options.directory ?? OWN_DIRECTORY);
  const applied = await readApplied(database);
  if (applied.length > 0) return refuseMissing(known, { applied, schema: options.schema });
  await database.transaction(
    (tx) => applyMissing(tx, known, { schema: options.schema, onlyEmpty: true }),
    { deadlineMs: DEADLINE_MS, idempotent: true },
  );
}

/**
 * Refuses to work on a schema that is not exactly ours, without changing it.
 *
 * @throws SchedulerError `schema_newer` | `database_failed`
 */
export async function checkMigrated(database: Database, options: MigrateOptions): Promise<void> {
  const known = await readMigrations(options.directory ?? OWN_DIRECTORY);
  refuseMissing(known, { applied: await readApplied(database), schema: options.schema });
}

function refuseMissing(
  known: Migration[],
  { applied, schema }: { applied: AppliedMigration[]; schema: string },
): void {
  const missing = findMissing(known, applied);
  if (missing.length === 0) return;
  const message = `the database schema "${schema}" lacks ${missing.length} of ${known.length} migrations`;
  const help = applied.length === 0 ? MAKE_HELP : UPGRADE_HELP;
  throw new SchedulerError("database_failed", message, { help });
}

const MAKE_HELP = "run `cronverge up` or `cronverge apply`, which make its tables";
const UPGRADE_HELP =
  "run `cronverge db migrate`, or, while older nodes live, the version of cronverge that they have";

/** The newest migration that this version of Cronverge has. */
export async function ownSchemaVersion(): Promise<number> {
  return (await readMigrations(OWN_DIRECTORY)).at(-1)?.version ?? 0;
}

/**
 * The migrations that the schema has, and those it lacks, each in order. Changes nothing.
 *
 * @throws SchedulerError `schema_newer` | `database_failed`
 */
export async function readMigrationState(
  database: Database,
  { directory = OWN_DIRECTORY }: { directory?: string } = {},
): Promise<{ applied: AppliedMigration[]; missing: AppliedMigration[] }> {
  const applied = await readApplied(database);
  const missing = findMissing(await readMigrations(directory), applied);
  return { applied, missing: missing.map(withoutText) };
}

/**
 * The same as `migrate` within a transaction of the caller, and no further than `upTo`.
 *
 * @throws SchedulerError `schema_newer` | `database_failed`
 */
export async function migrateInside(
  tx: Transaction,
  { schema, upTo = Infinity, directory = OWN_DIRECTORY }: MigrateOptions & { upTo?: number },
): Promise<number[]> {
  const known = await readMigrations(directory);
  return applyMissing(
    tx,
    known.filter(({ version }) => version <= upTo),
    { schema },
  );
}

/** The migrations of this version of Cronverge. */
export async function ownMigrations(
  directory: string = OWN_DIRECTORY,
): Promise<AppliedMigration[]> {
  return (await readMigrations(directory)).map(withoutText);
}

/** What the migrations make, by name: a schema may hold other things, which are not ours. */
export async function ownRelations(
  directory: string = OWN_DIRECTORY,
): Promise<{ tables: Set<string>; sequences: Set<string> }> {
  const text = (await readMigrations(directory)).map(({ sql }) => sql).join("\n");
  const named = (pattern: RegExp): string[] =>
    [...text.matchAll(pattern)].map(([, name = ""]) => name);
  return {
    tables: new Set(["schema_migrations", ...named(CREATE_TABLE)]),
    sequences: new Set(named(CREATE_SEQUENCE)),
  };
}

const CREATE_TABLE = /^\s*create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(\w+)/gim;
const CREATE_SEQUENCE = /^\s*create\s+sequence\s+(?:if\s+not\s+exists\s+)?(\w+)/gim;

function withoutText({ version, name, checksum }: Migration): AppliedMigration {
  return { version, name, checksum };
}

const OWN_DIRECTORY: string = fileURLToPath(new URL("store/migrations", PROGRAM_FILES));

async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => /^\d{4}-.+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      // A checkout may have other line ends; they are no edit.
      const sql = (await readFile(join(directory, file), "utf8")).replaceAll("\r\n", "\n");
      const checksum = createHash("sha256").update(sql).digest("hex");
      return { version: Number(file.slice(0, 4)), name: file.slice(5, -4), checksum, sql };
    }),
  );
}

/** Empty when the schema or its list of migrations does not exist yet. */
async function readApplied(database: Database): Promise<AppliedMigration[]> {
  try {
    return await database.query<AppliedMigration>(READ_APPLIED, [], { idempotent: true });
  } catch (error) {
    if (sqlState(error) === UNDEFINED_TABLE) return [];
    throw error;
  }
}

const READ_APPLIED = "select version, name, checksum from schema_migrations order by version";
const UNDEFINED_TABLE = "42P01";

function findMissing(known: Migration[], applied: AppliedMigration[]): Migration[] {
  const newest = applied.at(-1);
  if (newest !== undefined && newest.version > (known.at(-1)?.version ?? 0)) {
    const message = `the database schema was made by a newer version (migration ${newest.version}, ${newest.name})`;
    throw new SchedulerError("schema_newer", message, {
      help: "upgrade cronverge on this machine, or set another `database.schema`",
    });
  }
  const checksums = new Map(applied.map((migration) => [migration.version, migration.checksum]));
  const edited = known.find(
    ({ version, checksum }) => checksums.has(version) && checksums.get(version) !== checksum,
  );
  if (edited !== undefined) {
    const message = `migration ${edited.version} (${edited.name}) is not the one that was applied to the database`;
    throw new SchedulerError("database_failed", message, {
      help: "a migration is never edited once applied; install the released version again, or start with another `database.schema`",
    });
  }
  return known.filter(({ version }) => !checksums.has(version));
}

async function applyMissing(
  tx: Transaction,
  known: Migration[],
  { schema, onlyEmpty = false }: { schema: string; onlyEmpty?: boolean },
): Promise<number[]> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('cronverge migrate ' || $1, 0))", [
    schema,
  ]);
  await createSchema(tx, schema);
  // The lock may have been waited for, so what is applied is read again.
  const applied = await tx.query<AppliedMigration>(READ_APPLIED);
  if (onlyEmpty && applied.length > 0) refuseMissing(known, { applied, schema });
  const missing = findMissing(known, applied);
  for (const { version, name, checksum, sql } of missing) {
    await tx.script(sql);
    await tx.query("insert into schema_migrations (version, name, checksum) values ($1, $2, $3)", [
      version,
      name,
      checksum,
    ]);
  }
  return missing.map(({ version }) => version);
}

/** A role that may not create schemas can still be given one that exists. */
async function createSchema(tx: Transaction, schema: string): Promise<void> {
  const identifier = `"${schema.replaceAll('"', '""')}"`;
  const [found] = await tx.query("select from pg_namespace where nspname = $1", [schema]);
  if (found === undefined) await tx.script(`create schema ${identifier}`);
  await tx.script(`set local search_path = ${identifier}`);
  await tx.script(
    `create table if not exists schema_migrations (
       version integer primary key,
       name text not null,
       checksum text not null,
       applied_at timestamptz(3) not null default clock_timestamp())`,
  );
}
