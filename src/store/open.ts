import { SchedulerError } from "../model/errors.ts";
import type { DatabaseSettings } from "../model/job.ts";
import { connect, type Database } from "./connection.ts";
import { openEmbedded, type EmbeddedServer, type MayStop } from "./embedded.ts";
import { checkMigrated, migrate } from "./migrate.ts";
import { missingRights } from "./missing-rights.ts";
import { checkServerVersion } from "./server-version.ts";

export interface StoreOptions {
  settings: DatabaseSettings;
  /** What `settings.url` means on this node; null: the embedded PostgreSQL. */
  url: string | null;
  /** The schema belongs to the first project that is named here. */
  project: string | null;
  /** Absolute path of the project. */
  root: string;
  stateDir: string;
  /** What the server shows of our connections. */
  applicationName: string;
  /** Default: 8. */
  maxConnections?: number;
  /** False: a schema that is not up to date is refused instead. */
  migrate: boolean;
}

/** An open database with the tables of this version of Cronverge. */
export interface Store extends AsyncDisposable {
  database: Database;
  embedded: boolean;
}

const MAX_CONNECTIONS = 8;

/**
 * Opens the database of a project, the embedded one if no other is set.
 *
 * @throws SchedulerError `database_unavailable` | `database_failed` | `schema_newer` |
 * `project_mismatch` | `unsupported`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { schema } = options.settings;
  await using opened = new AsyncDisposableStack();
  const server = options.url === null ? opened.use(await startEmbedded(options)) : null;
  const database = opened.use(
    await connect({
      url: options.url ?? server?.connection ?? "",
      schema,
      applicationName: options.applicationName,
      maxConnections: options.maxConnections ?? MAX_CONNECTIONS,
      // Of settings that were saved before, it is absent.
      pooled: server === null && (options.settings.pooled ?? false),
    }),
  );
  if (server === null) await checkServerVersion(database);
  try {
    if (options.migrate) await migrate(database, { schema });
    else await checkMigrated(database, { schema });
    await checkProject(database, options);
  } catch (error) {
    throw (await missingRights(database, error).catch(() => null)) ?? error;
  }
  const resources = opened.move();
  return {
    database,
    embedded: server !== null,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function startEmbedded(options: StoreOptions): Promise<EmbeddedServer> {
  const { stateDir, root } = options;
  return openEmbedded({ stateDir, root, mayStop: hasNoLiveNode });
}

/** A node whose connection to the server is interrupted right now still counts on it. */
export const hasNoLiveNode: MayStop = async (query) => {
  const schemas = await query<{ schema: string }>(
    `select relnamespace::regnamespace::text as schema
       from pg_class join pg_attribute on attrelid = pg_class.oid
      where relname = 'nodes' and relkind = 'r' and attname = 'lease_until'`,
  );
  for (const { schema } of schemas) {
    const live = await query(
      `select from ${schema}.nodes
        where state in ('live', 'draining') and lease_until > clock_timestamp() limit 1`,
    );
    if (live.length > 0) return false;
  }
  return true;
};

/** Two projects in one schema would each remove the other's jobs. */
async function checkProject(database: Database, options: StoreOptions): Promise<void> {
  const { project } = options;
  const read = "select value from scheduler_state where key = 'project'";
  const [found] = await database.query<{ value: string }>(read, [], { idempotent: true });
  if (project === null || found?.value === project) return;
  if (found === undefined) {
    if (!options.migrate) return;
    const [stored] = await database.query<{ value: string }>(
      `insert into scheduler_state (key, value) values ('project', $1)
       on conflict (key) do update set value = scheduler_state.value returning value`,
      [project],
      { idempotent: true },
    );
    if (stored?.value === project) return;
  }
  const owner = found?.value ?? "another project";
  const message = `the database schema "${database.schema}" belongs to the project "${owner}", not to "${project}"`;
  throw new SchedulerError("project_mismatch", message, {
    help: "give this project a schema of its own: database.schema",
  });
}
