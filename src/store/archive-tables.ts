import { SchedulerError } from "../model/errors.ts";
import type { ArchivedSequence, ArchivedTable } from "./archive-format.ts";
import { ownRelations } from "./migrate.ts";
import type { Queryable } from "./queryable.ts";

/** What a schema is made of, as far as it is ours. */
export interface SchemaContents {
  /** Whoever refers comes after what it refers to. Generated columns, which nobody may write, are left out. */
  tables: ArchivedTable[];
  sequences: string[];
  /** Tables and views that no migration made. */
  foreign: string[];
}

/** The table that is not data: what is in it follows from the migrations of the program. */
const MIGRATIONS = "schema_migrations";

/** Reads it from the catalog, so that a table of any later migration is among them. */
export async function readContents(
  db: Queryable,
  { schema, directory }: { schema: string; directory?: string },
): Promise<SchemaContents> {
  const own = await ownRelations(directory);
  const found = await db.query<FoundTable>(TABLES, [schema]);
  const ours = found.filter(({ kind, name }) => kind === "r" && own.tables.has(name));
  const sequences = await db.query<{ name: string; owner: string | null }>(SEQUENCES, [schema]);
  return {
    tables: inOrder(ours.filter(({ name }) => name !== MIGRATIONS)),
    sequences: sequences
      .filter(({ name, owner }) => (owner === null ? own.sequences : own.tables).has(owner ?? name))
      .map(({ name }) => name),
    foreign: found.filter((table) => !ours.includes(table)).map(({ name }) => name),
  };
}

/** Where the sequence stands. */
export async function readSequence(db: Queryable, name: string): Promise<ArchivedSequence> {
  const [found] = await db.query<{ last_value: string; is_called: boolean }>(
    `select last_value::text, is_called from ${quoted(name)}`,
  );
  return { sequence: name, ...(found ?? { last_value: "1", is_called: false }) };
}

/**
 * So that a value is written exactly, and read as it was written, whatever the server's defaults are;
 * and so that a disk that is slow for a moment, while the server waits for us, does not end it all.
 */
export const COPY_SETTINGS = `
set local datestyle = 'ISO'; set local timezone = 'UTC'; set local intervalstyle = 'postgres';
set local bytea_output = 'hex'; set local extra_float_digits = 3;
set local idle_in_transaction_session_timeout = '5min'`;

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

interface FoundTable {
  name: string;
  kind: string;
  columns: string[];
  refersTo: string[];
}

const TABLES = `
select c.relname as name, c.relkind::text as kind,
       array(select a.attname::text from pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                and a.attgenerated = '' order by a.attnum) as columns,
       array(select distinct t.relname::text from pg_constraint f join pg_class t on t.oid = f.confrelid
              where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as "refersTo"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f')
 order by c.relname`;

/** With the table whose column it numbers. */
const SEQUENCES = `
select c.relname as name, t.relname as owner
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid
                       and d.deptype in ('a', 'i') and d.refclassid = 'pg_class'::regclass
  left join pg_class t on t.oid = d.refobjid
 where n.nspname = $1 and c.relkind = 'S' order by c.relname`;

function inOrder(tables: readonly FoundTable[]): ArchivedTable[] {
  const placed = new Set<string>();
  const ordered: ArchivedTable[] = [];
  const known = new Set(tables.map(({ name }) => name));
  while (ordered.length < tables.length) {
    const next = tables.filter(
      ({ name, refersTo }) =>
        !placed.has(name) && refersTo.every((other) => placed.has(other) || !known.has(other)),
    );
    if (next.length === 0) {
      throw new SchedulerError("database_failed", "tables of the schema refer to one another");
    }
    for (const { name, columns } of next) {
      placed.add(name);
      ordered.push({ table: name, columns });
    }
  }
  return ordered;
}
