import { sqlState, type Database } from "./connection.ts";
import { readContents } from "./archive-tables.ts";
import { readDatabaseFacts, type DatabaseFacts } from "./database-facts.ts";
import { ownSchemaVersion, readMigrationState } from "./migrate.ts";
import { SchedulerError } from "../model/errors.ts";

/** What can be wrong with a database that was reached. */
export interface DoctorFacts extends DatabaseFacts {
  schema: string;
  ownSchemaVersion: number;
  /** What is wrong with the migrations of the schema, beside that some are missing. */
  migrationProblem: SchedulerError | null;
  /** The role may make a schema, and, where it is there, tables in it. */
  mayCreate: boolean;
  role: string;
  /** Tables and views in the schema that are not ours. */
  foreign: string[];
  /** The server's clock less that of this machine. */
  aheadMs: number;
  /** How long it took to ask, by which `aheadMs` may be wrong. */
  askedMs: number;
  settings: Record<ServerSetting, string>;
  /** The settings of our session are not those that we gave it: a pooler gave us another's. */
  foreignSession: boolean;
  /** Of the zone data that moved next runs last; null: none did. */
  zoneData: string | null;
  jobs: DoctorJobFacts | null;
}

/** Null in `DoctorFacts` where the schema is missing or of another version. */
export interface DoctorJobFacts {
  crashed: { name: string; error: string }[];
  paused: string[];
  /** Enabled or disabled by hand for so many days. */
  overrides: { name: string; by: string; days: number }[];
  disabled: number;
  /** Registered, and past their due time by a minute. */
  overdue: number;
  /** Executions that could have begun a minute ago. */
  waiting: number;
}

const SETTINGS = [
  "fsync",
  "synchronous_commit",
  "full_page_writes",
  "idle_session_timeout",
  "transaction_timeout",
] as const;
export type ServerSetting = (typeof SETTINGS)[number];

/** @throws SchedulerError `database_unavailable` | `database_failed` */
export async function readDoctorFacts(db: Database): Promise<DoctorFacts> {
  const again = { idempotent: true };
  const facts = await readDatabaseFacts(db);
  const beforeMs = Date.now();
  const [clock] = await db.query<{ now: Date }>("select clock_timestamp() as now", [], again);
  const afterMs = Date.now();
  const [role] = await db.query<RoleRow>(ROLE, [db.schema], again);
  const [settings] = await db.query<Record<ServerSetting, string>>(READ_SETTINGS, [], again);
  const ownVersion = await ownSchemaVersion();
  const current = facts.schemaVersion === ownVersion;
  return {
    ...facts,
    schema: db.schema,
    ownSchemaVersion: ownVersion,
    migrationProblem: await findMigrationProblem(db),
    mayCreate: role?.mayCreate ?? false,
    role: role?.role ?? "",
    foreign: (await readContents(db, { schema: db.schema })).foreign,
    aheadMs: (clock?.now.getTime() ?? beforeMs) - (beforeMs + afterMs) / 2,
    askedMs: afterMs - beforeMs,
    settings: settings ?? NO_SETTINGS,
    foreignSession: role?.timeout !== OWN_TIMEOUT,
    zoneData: current ? await readZoneData(db) : null,
    jobs: current ? await readJobFacts(db) : null,
  };
}

interface RoleRow {
  role: string;
  mayCreate: boolean;
  timeout: string;
}

/** `idle_in_transaction_session_timeout` as each of our sessions asks for it. */
const OWN_TIMEOUT = "5s";

const ROLE = `
select current_user as role, current_setting('idle_in_transaction_session_timeout') as timeout,
       case when n.oid is null then has_database_privilege(current_database(), 'create')
            else has_schema_privilege(n.oid, 'create') end as "mayCreate"
  from (select $1::text as name) wanted left join pg_namespace n on n.nspname = wanted.name`;

/** Those that this server does not know are empty. */
const READ_SETTINGS = `select ${SETTINGS.map(
  (name) => `coalesce(current_setting('${name}', true), '') as ${name}`,
).join(", ")}`;

const NO_SETTINGS: Record<ServerSetting, string> = {
  fsync: "",
  synchronous_commit: "",
  full_page_writes: "",
  idle_session_timeout: "",
  transaction_timeout: "",
};

async function findMigrationProblem(db: Database): Promise<SchedulerError | null> {
  try {
    await readMigrationState(db);
    return null;
  } catch (error) {
    if (error instanceof SchedulerError && sqlState(error) === null) return error;
    throw error;
  }
}

async function readZoneData(db: Database): Promise<string | null> {
  const read = "select value from scheduler_state where key = 'zone_data'";
  const [found] = await db.query<{ value: string }>(read, [], { idempotent: true });
  return found?.value ?? null;
}

async function readJobFacts(db: Database): Promise<DoctorJobFacts> {
  const again = { idempotent: true };
  const rows = await db.query<JobRow>(JOBS, [], again);
  const [counts] = await db.query<Pick<DoctorJobFacts, "disabled" | "overdue" | "waiting">>(
    COUNTS,
    [],
    again,
  );
  return {
    crashed: rows.flatMap(({ name, crashed, paused }) =>
      crashed === null || paused ? [] : [{ name, error: crashed }],
    ),
    paused: rows.filter(({ paused }) => paused).map(({ name }) => name),
    overrides: rows.flatMap(({ name, by, days }) =>
      days === null ? [] : [{ name, by: by ?? "", days }],
    ),
    ...(counts ?? { disabled: 0, overdue: 0, waiting: 0 }),
  };
}

interface JobRow {
  name: string;
  crashed: string | null;
  paused: boolean;
  by: string | null;
  days: number | null;
}

const JOBS = `
select job_name as name,
       case when runtime_status = 'crashed' then coalesce(crashed, 'its code cannot be loaded') end as crashed,
       paused_at is not null as paused, override_by as by,
       case when override_enabled is not null
            then floor(extract(epoch from clock_timestamp() - override_at) / 86400)::integer end as days
  from scheduled_jobs
 where removed_at is null
   and (runtime_status = 'crashed' or paused_at is not null or override_enabled is not null)
 order by job_name`;

/** What waits for its key, or for a moment to come, is where it belongs. */
const COUNTS = `
select (select count(*) from scheduled_jobs where removed_at is null and not enabled) as disabled,
       (select count(*) from job_clock
         where next_effective < clock_timestamp() - interval '1 minute') as overdue,
       (select count(*) from executions
         where status = 'pending' and available_at < clock_timestamp() - interval '1 minute'
           and (exclusive_key is null or holds_key)) as waiting`;
