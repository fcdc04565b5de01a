import { SchedulerError } from "../model/errors.ts";
import type { DatabaseSettings } from "../model/job.ts";
import { connect, type ConnectionAddress, type Database } from "./connection.ts";
import { embeddedAddress, openEmbedded } from "./embedded.ts";
import type { EmbeddedServer, MayStop } from "./embedded.ts";
import { checkMigrated, migrate, migrateEmpty } from "./migrate.ts";
import { openNodesOf, type OpenNode } from "./nodes.ts";
import { missingRights } from "./missing-rights.ts";
import { checkServerVersion } from "./server-version.ts";

export interface ServerOptions {
  settings: DatabaseSettings;
  /** What `settings.url` means on this node; null: the embedded PostgreSQL. */
  url: string | null;
  /** Absolute path of the project. */
  root: string;
  stateDir: string;
  /** What the server shows of our connections. */
  applicationName: string;
  /** Default: 8. */
  maxConnections?: number;
}

export interface StoreOptions extends ServerOptions {
  /** The schema belongs to the first project that is named here. */
  project: string | null;
  migrate: Migrating;
}

/**
 * Which schema that is not up to date is brought so; any other is refused. `empty`: one that has no
 * tables yet.
 */
export type Migrating = "any" | "empty" | "none";

/** An open database with the tables of this version of Cronverge. */
export interface Store extends AsyncDisposable {
  database: Database;
  embedded: boolean;
}

const MAX_CONNECTIONS = 8;

const MIGRATING: Record<Migrating, (...given: Parameters<typeof migrate>) => Promise<unknown>> = {
  any: migrate,
  empty: migrateEmpty,
  none: checkMigrated,
};

/**
 * Opens the database of a project, the embedded one if no other is set.
 *
 * @throws SchedulerError `database_unavailable` | `database_failed` | `schema_newer` |
 * `project_mismatch` | `unsupported`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { schema } = options.settings;
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await openServer(options));
  const { database } = store;
  try {
    await MIGRATING[options.migrate](database, { schema });
    await checkProject(database, options);
  } catch (error) {
    throw (await missingRights(database, error).catch(() => null)) ?? error;
  }
  opened.move();
  return store;
}

/**
 * The same without a look at its tables, which may be missing, older or newer than ours.
 *
 * @throws SchedulerError `database_unavailable` | `database_failed` | `unsupported`
 */
export async function openServer(options: ServerOptions): Promise<Store> {
  await using opened = new AsyncDisposableStack();
  const server = options.url === null ? opened.use(await startEmbedded(options)) : null;
  const url = options.url ?? server?.connection ?? "";
  const database = opened.use(await connectTo(url, options));
  if (server === null) await checkServerVersion(database);
  const resources = opened.move();
  return {
    database,
    embedded: server !== null,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/**
 * The same of an embedded server as it is: none is started, and none is stopped in the end. Null when
 * it does not run.
 *
 * @throws SchedulerError `database_unavailable` | `database_failed` | `unsupported`
 */
export async function openRunning(options: ServerOptions): Promise<Store | null> {
  if (options.url !== null) return openServer(options);
  const address = await embeddedAddress(options);
  if (address === null) return null;
  const database = await connectTo(address, options);
  const close = (): PromiseLike<void> => database[Symbol.asyncDispose]();
  return { database, embedded: true, [Symbol.asyncDispose]: close };
}

function connectTo(url: string | ConnectionAddress, options: ServerOptions): Promise<Database> {
  const { settings, applicationName, maxConnections = MAX_CONNECTIONS } = options;
  return connect({
    url,
    schema: settings.schema,
    applicationName,
    maxConnections,
    // Of settings that were saved before, it is absent.
    pooled: options.url !== null && (settings.pooled ?? false),
  });
}

function startEmbedded(options: ServerOptions): Promise<EmbeddedServer> {
  const { stateDir, root } = options;
  return openEmbedded({ stateDir, root, mayStop: hasNoLiveNode });
}

/** A node whose connection to the server is interrupted right now still counts on it. */
export const hasNoLiveNode: MayStop = async (query) => {
  for (const schema of await schemasWithNodes(query)) {
    const live = await query(
      `select from ${schema}.nodes
        where state in ('live', 'draining') and lease_until > clock_timestamp() limit 1`,
    );
    if (live.length > 0) return false;
  }
  return true;
};

/** The nodes that have neither stopped nor been declared dead, whichever schema of the server they use. */
export async function nodesOfAllSchemas(query: Parameters<MayStop>[0]): Promise<OpenNode[]> {
  const nodes: OpenNode[] = [];
  for (const schema of await schemasWithNodes(query)) {
    nodes.push(...(await query<OpenNode>(openNodesOf(schema))));
  }
  return nodes;
}

/** Their names as SQL writes them. */
async function schemasWithNodes(query: Parameters<MayStop>[0]): Promise<string[]> {
  const schemas = await query<{ schema: string }>(
    `select relnamespace::regnamespace::text as schema
       from pg_class join pg_attribute on attrelid = pg_class.oid
      where relname = 'nodes' and relkind = 'r' and attname = 'lease_until'`,
  );
  return schemas.map(({ schema }) => schema);
}

/** The project that the schema belongs to; null: it belongs to none yet. */
export async function readOwner(database: Database): Promise<string | null> {
  const read = "select value from scheduler_state where key = 'project'";
  const [found] = await database.query<{ value: string }>(read, [], { idempotent: true });
  return found?.value ?? null;
}

/** Two projects in one schema would each remove the other's jobs. */
async function checkProject(database: Database, options: StoreOptions): Promise<void> {
  const { project } = options;
  const found = await readOwner(database);
  if (project === null || found === project) return;
  if (found === null) {
    if (options.migrate === "none") return;
    const [stored] = await database.query<{ value: string }>(
      `insert into scheduler_state (key, value) values ('project', $1)
       on conflict (key) do update set value = scheduler_state.value returning value`,
      [project],
      { idempotent: true },
    );
    if (stored?.value === project) return;
  }
  const owner = found ?? "another project";
  const message = `the database schema "${database.schema}" belongs to the project "${owner}", not to "${project}"`;
  throw new SchedulerError("project_mismatch", message, {
    help: "give this project a schema of its own: database.schema",
  });
}
