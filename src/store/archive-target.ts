import { SchedulerError } from "../model/errors.ts";
import { invalidArchive, type ArchiveHeader } from "./archive-format.ts";
import { quoted, readContents } from "./archive-tables.ts";
import type { Transaction } from "./connection.ts";
import { migrateInside, ownMigrations, type AppliedMigration } from "./migrate.ts";

interface TargetOptions {
  header: ArchiveHeader;
  schema: string;
  directory?: string;
}

/** Rows of which do not make a schema a schedule: whoever opens it writes them. */
const OPENED = "scheduler_state";

/**
 * Makes the schema one of the export's version without rows, whether it is missing, as old as the
 * export, or newer and without rows itself. Nobody else reaches its tables until the transaction ends.
 *
 * @throws SchedulerError `schema_newer` | `export_invalid` | `database_not_empty`
 */
export async function prepareTarget(tx: Transaction, options: TargetOptions): Promise<void> {
  const { header, schema, directory } = options;
  checkMigrations(header, await ownMigrations(directory));
  const place = { schema, ...(directory && { directory }) };
  const upTo = header.schema_version;
  await tx.query("select pg_advisory_xact_lock(hashtextextended('cronverge migrate ' || $1, 0))", [
    schema,
  ]);
  if (await hasMigrations(tx, schema)) {
    await refuseRows(tx, place);
    const version = await readVersion(tx);
    if (version > upTo) await dropSchema(tx, { ...place, version, header });
  }
  await migrateInside(tx, { ...place, upTo });
}

/** @throws SchedulerError `schema_newer` | `export_invalid` */
function checkMigrations(header: ArchiveHeader, known: readonly AppliedMigration[]): void {
  const newest = known.at(-1)?.version ?? 0;
  if (header.schema_version > newest) {
    const message = `the export has schema version ${header.schema_version}, and this version of Cronverge knows up to ${newest}`;
    throw new SchedulerError("schema_newer", message, {
      help: `import it with Cronverge ${header.program} or newer`,
    });
  }
  const same = (wanted: AppliedMigration): boolean =>
    header.migrations.some(
      ({ version, checksum }) => version === wanted.version && checksum === wanted.checksum,
    );
  const other = known.find((own) => own.version <= header.schema_version && !same(own));
  if (other === undefined) return;
  throw invalidArchive(`migration ${other.version} (${other.name}) is another one there than here`);
}

async function hasMigrations(tx: Transaction, schema: string): Promise<boolean> {
  const [found] = await tx.query<{ there: boolean }>(
    `select exists (
       select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relname = 'schema_migrations') as there`,
    [schema],
  );
  return found?.there === true;
}

async function readVersion(tx: Transaction): Promise<number> {
  const [found] = await tx.query<{ version: number }>(
    "select coalesce(max(version), 0) as version from schema_migrations",
  );
  return found?.version ?? 0;
}

/** Looks under a lock, so that no node that just started is taken by surprise. */
async function refuseRows(
  tx: Transaction,
  place: { schema: string; directory?: string },
): Promise<void> {
  const { schema } = place;
  const { tables } = await readContents(tx, place);
  const names = tables.map(({ table }) => table);
  if (names.length > 0) {
    await tx.script(`lock table ${names.map(quoted).join(", ")} in access exclusive mode`);
  }
  for (const name of names) {
    if (name === OPENED) continue;
    const found = await tx.query(`select from ${quoted(name)} limit 1`);
    if (found.length === 0) continue;
    const message = `the database schema "${schema}" has a schedule already (rows in ${name}), and an import needs an empty one`;
    throw new SchedulerError("database_not_empty", message, { help: NOT_EMPTY_HELP });
  }
}

const NOT_EMPTY_HELP =
  "nothing was changed; import into another database or another database.schema; or, if what is there may go: of the embedded database, `cronverge db stop` and move the directory away that `cronverge db status` shows; elsewhere, drop the schema";

/** Only one that holds nothing else, and that we made: a grant on it would be lost with it. */
async function dropSchema(
  tx: Transaction,
  options: { schema: string; directory?: string; version: number; header: ArchiveHeader },
): Promise<void> {
  const { schema, version, header } = options;
  const { foreign } = await readContents(tx, options);
  const [owner] = await tx.query<{ ours: boolean }>(
    "select pg_has_role(nspowner, 'usage') as ours from pg_namespace where nspname = $1",
    [schema],
  );
  if (foreign.length > 0 || owner?.ours !== true || schema === "public") {
    const message = `the database schema "${schema}" has version ${version}, and the export ${header.schema_version}`;
    throw new SchedulerError("database_not_empty", message, {
      help: "nothing was changed; import into a schema that does not exist yet: set another database.schema",
    });
  }
  await tx.script(`drop schema ${quoted(schema)} cascade`);
}
