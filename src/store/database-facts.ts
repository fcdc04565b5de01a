import { sqlState, type Database } from "./connection.ts";

/** A server and a database as anybody who may connect sees them. */
export interface DatabaseFacts {
  /** Such as `18.4`. */
  serverVersion: string;
  /** Of the whole database, whoever uses it. */
  bytes: number;
  /** Where the server keeps its data; null: we may not know. */
  dataDirectory: string | null;
  /** Of all databases of the server; `allowed` are those that are left to ordinary roles. */
  connections: { used: number; allowed: number };
  /** The largest of our schema first, with indexes and all. The rows are the server's estimate. */
  tables: { name: string; bytes: number; rows: number | null }[];
  /** The newest migration of the schema; null: it is none of ours yet. */
  schemaVersion: number | null;
  /** To which project the schema belongs. */
  project: string | null;
}

const TABLES_SHOWN = 8;

/** @throws SchedulerError `database_unavailable` | `database_failed` */
export async function readDatabaseFacts(db: Database): Promise<DatabaseFacts> {
  const again = { idempotent: true };
  const [server] = await db.query<ServerRow>(SERVER, [], again);
  const [schema] = await db
    .query<SchemaRow>(SCHEMA, [], again)
    .catch((error: unknown) => (sqlState(error) === UNDEFINED_TABLE ? [] : Promise.reject(error)));
  return {
    serverVersion: server?.version ?? "",
    bytes: server?.bytes ?? 0,
    dataDirectory: server?.directory ?? null,
    connections: { used: server?.used ?? 0, allowed: server?.allowed ?? 0 },
    tables: await db.query(TABLES, [db.schema, TABLES_SHOWN], again),
    schemaVersion: schema?.version ?? null,
    project: schema?.project ?? null,
  };
}

interface ServerRow {
  version: string;
  bytes: number;
  directory: string | null;
  used: number;
  allowed: number;
}

const UNDEFINED_TABLE = "42P01";

/** The part of `reserved_connections` is of PostgreSQL 16 and newer. */
const SERVER = `
select current_setting('server_version') as version,
       pg_database_size(current_database()) as bytes,
       case when pg_has_role('pg_read_all_settings', 'usage')
            then current_setting('data_directory') end as directory,
       (select sum(numbackends) from pg_stat_database)::integer as used,
       current_setting('max_connections')::integer
         - current_setting('superuser_reserved_connections')::integer
         - coalesce(current_setting('reserved_connections', true)::integer, 0) as allowed`;

interface SchemaRow {
  version: number | null;
  project: string | null;
}

const SCHEMA = `
select (select max(version) from schema_migrations) as version,
       (select value from scheduler_state where key = 'project') as project`;

const TABLES = `
select c.relname as name, pg_total_relation_size(c.oid) as bytes,
       case when c.reltuples >= 0 then c.reltuples::bigint end as rows
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relkind = 'r' order by 2 desc, 1 limit $2`;
