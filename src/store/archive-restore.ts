import { errorMessage, SchedulerError } from "../model/errors.ts";
import {
  invalidArchive,
  type ArchivedSequence,
  type ArchivedTable,
  type ArchiveEnd,
  type ArchiveHeader,
} from "./archive-format.ts";
import type { ArchiveReader } from "./archive-reader.ts";
import { quoted, readContents, COPY_SETTINGS, type SchemaContents } from "./archive-tables.ts";
import { prepareTarget } from "./archive-target.ts";
import { COPY_DEADLINE_MS } from "./archive-write.ts";
import { sqlState, type Database, type Transaction } from "./connection.ts";
import { migrateInside } from "./migrate.ts";

export interface RestoreOptions {
  /** The project that the target belongs to; null where it does not matter. */
  project: string | null;
  /** Looks at what was imported before it counts; what it throws undoes it. */
  check?: (tx: Transaction) => Promise<void>;
  /** Default: the migrations of this version of Cronverge. */
  directory?: string;
}

export interface RestoreSummary {
  header: ArchiveHeader;
  /** Of each table. */
  rows: Record<string, number>;
  /** The migrations that the export did not have yet. */
  migrated: number[];
}

/**
 * Fills an empty schema with an export, in one transaction: all of it, or nothing.
 *
 * @throws SchedulerError `export_invalid`, `schema_newer`, `database_not_empty`, `project_mismatch`,
 * `database_unavailable`, `database_failed`
 */
export async function restoreArchive(
  db: Database,
  reader: ArchiveReader,
  options: RestoreOptions,
): Promise<RestoreSummary> {
  const header = await reader.header();
  return db.transaction(
    async (tx) => {
      const { schema } = db;
      await tx.script(COPY_SETTINGS);
      const place = { schema, ...(options.directory && { directory: options.directory }) };
      await prepareTarget(tx, { header, ...place });
      const contents = await readContents(tx, place);
      await setTriggers(tx, contents, "disable");
      await emptyTables(tx, contents);
      const rows = await fill(tx, { reader, contents });
      await setTriggers(tx, contents, "enable");
      if (header.live) await endLeases(tx);
      await claimProject(tx, options.project);
      const migrated = await migrateInside(tx, place);
      await analyze(tx, contents);
      await options.check?.(tx);
      return { header, rows, migrated };
    },
    { deadlineMs: COPY_DEADLINE_MS },
  );
}

/** What triggers of ours wrote is in the file already. Those that hold references together stay. */
async function setTriggers(
  tx: Transaction,
  { tables }: SchemaContents,
  state: "disable" | "enable",
): Promise<void> {
  for (const { table } of tables) {
    await tx.script(`alter table ${quoted(table)} ${state} trigger user`);
  }
}

/** What is left is what migrations or the opening of the schema wrote; the file has its own. */
async function emptyTables(tx: Transaction, { tables }: SchemaContents): Promise<void> {
  for (const { table } of tables.toReversed()) await tx.script(`delete from ${quoted(table)}`);
}

async function fill(
  tx: Transaction,
  given: { reader: ArchiveReader; contents: SchemaContents },
): Promise<Record<string, number>> {
  const { reader, contents } = given;
  const rows: Record<string, number> = {};
  const missing = new Set(contents.tables.map(({ table }) => table));
  const sequences = new Set(contents.sequences);
  for (;;) {
    const line = await reader.next();
    if ("end" in line) {
      if (missing.size > 0 || sequences.size > 0) {
        throw invalidArchive(`it lacks ${[...missing, ...sequences].join(", ")}`);
      }
      await verify(tx, { end: line.end, hash: reader.hashBefore, rows });
      await reader.finish();
      return rows;
    }
    if ("table" in line) {
      if (!missing.delete(line.table)) throw unexpected(line.table);
      rows[line.table] = await fillTable(tx, line, given);
    } else {
      if (!sequences.delete(line.sequence)) throw unexpected(line.sequence);
      await setSequence(tx, line);
    }
  }
}

async function fillTable(
  tx: Transaction,
  { table, columns }: ArchivedTable,
  { reader, contents }: { reader: ArchiveReader; contents: SchemaContents },
): Promise<number> {
  const own = contents.tables.find((known) => known.table === table)?.columns ?? [];
  if (new Set(own).symmetricDifference(new Set(columns)).size > 0) throw unexpected(table);
  let rows = 0;
  const names = columns.map(quoted).join(", ");
  const pieces = reader.rows((count) => (rows += count));
  await tx.copyIn(`copy ${quoted(table)} (${names}) from stdin`, pieces).catch((error: unknown) => {
    throw asInvalid(error, table);
  });
  return rows;
}

/** What the server does not take for a row of the table, no export of ours has. */
function asInvalid(error: unknown, table: string): unknown {
  const isOfData = /^2[23]/.test(sqlState(error) ?? "");
  return isOfData
    ? invalidArchive(`a row of ${table} is none: ${errorMessage(error)}`, error)
    : error;
}

async function setSequence(
  tx: Transaction,
  { sequence, last_value, is_called }: ArchivedSequence,
): Promise<void> {
  await tx.query("select setval($1::text::regclass, $2::bigint, $3)", [
    quoted(sequence),
    last_value,
    is_called,
  ]);
}

async function verify(
  tx: Transaction,
  { end, hash, rows }: { end: ArchiveEnd; hash: string; rows: Record<string, number> },
): Promise<void> {
  if (end.sha256 !== hash) throw invalidArchive("its checksum does not fit: it was changed");
  for (const [table, count] of Object.entries(rows)) {
    const [found] = await tx.query<{ n: number }>(`select count(*) as n from ${quoted(table)}`);
    if (end.rows[table] === count && found?.n === count) continue;
    throw invalidArchive(`it says ${String(end.rows[table])} rows of ${table}, and has ${count}`);
  }
}

function unexpected(name: string): SchedulerError {
  return invalidArchive(`it has ${name} as no schema of its version has`);
}

/**
 * The nodes of a schedule that went on elsewhere are none of this one: by the process that they show, a
 * node of the same host would take one of them for alive, and never touch the runs it seems to own.
 */
async function endLeases(tx: Transaction): Promise<void> {
  await tx.query(
    `update nodes set process_start = null, lease_until = least(lease_until, clock_timestamp())
      where state in ('live', 'draining')`,
  );
}

/** @throws SchedulerError `project_mismatch` */
async function claimProject(tx: Transaction, project: string | null): Promise<void> {
  if (project === null) return;
  const [stored] = await tx.query<{ value: string }>(
    `insert into scheduler_state (key, value) values ('project', $1)
     on conflict (key) do update set value = scheduler_state.value returning value`,
    [project],
  );
  if (stored === undefined || stored.value === project) return;
  const message = `the export is of the project "${stored.value}", and the config here is of "${project}"`;
  throw new SchedulerError("project_mismatch", message, {
    help: `nothing was changed; set project: ${stored.value} in the config that is to go on with it`,
  });
}

/** The server's own would come a while later, and the first statements before it. */
async function analyze(tx: Transaction, { tables }: SchemaContents): Promise<void> {
  await tx.script(`analyze ${tables.map(({ table }) => quoted(table)).join(", ")}`);
}
