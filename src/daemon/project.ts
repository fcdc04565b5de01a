import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import type { SchedulerSettings } from "../model/job.ts";
import type { ValueSource } from "../model/request.ts";
import type { LoadedConfig } from "../source/load.ts";
import type { ProjectPlace } from "../source/locate.ts";
import type { Migrating, ServerOptions, Store } from "../store/open.ts";
import type { Queryable } from "../store/queryable.ts";
import { resolveValue } from "../execute/secrets.ts";
import { DEFAULTS, toSettings } from "../config/settings.ts";
import { SchedulerError, errorMessage } from "../model/errors.ts";
import { InvalidConfig } from "../source/invalid-config.ts";
import { loadConfig } from "../source/load.ts";
import { openRunning, openServer, openStore } from "../store/open.ts";
import { latestRevision } from "../store/revisions.ts";
import { readSettings, saveSettings } from "./last-good.ts";

/** A config file as found and read, with the settings that decide where its state is. */
export interface Project {
  place: ProjectPlace;
  loaded: LoadedConfig;
  /** Of the file, or, while the file is broken, of the last good one. */
  settings: SchedulerSettings;
}

/**
 * Reads the project's config for its settings; `known` is what the caller has just read of it.
 *
 * @throws SchedulerError `config_invalid`, an `InvalidConfig` with the mistakes, when the file is
 * broken and no config was ever good here.
 */
export async function readProject(
  place: ProjectPlace,
  displayName: string,
  known?: LoadedConfig,
): Promise<Project> {
  const { loaded, settings } = await lookAtProject(place, displayName, known);
  if (settings === null) throw new InvalidConfig(loaded);
  if (loaded.desired !== null) await saveSettings(place.stateDir, settings).catch(() => undefined);
  return { place, loaded, settings };
}

/** The same without a trace; the settings are null where the file is broken and none was ever good. */
export async function lookAtProject(
  place: ProjectPlace,
  displayName: string,
  known?: LoadedConfig,
): Promise<{ loaded: LoadedConfig; settings: SchedulerSettings | null }> {
  const { configFile, stateDir } = place;
  const reading = { configFile, displayName, nowMs: Date.now(), trusted: true };
  const loaded = known ?? (await loadConfig(reading));
  return { loaded, settings: loaded.desired?.settings ?? (await readSettings(stateDir)) };
}

/**
 * The project of a node that works without a config: it knows where its database is, and takes all
 * else from the revision in force.
 *
 * @throws SchedulerError `config_not_found` when nothing says where the database is.
 */
export function projectWithoutConfig(
  place: ProjectPlace,
  { schema = DEFAULTS.schema }: { schema?: string },
): Pick<Project, "place" | "settings"> {
  if (process.env["CRONVERGE_DATABASE_URL"] === undefined) {
    throw new SchedulerError(
      "config_not_found",
      "there is neither a config nor a database to go by",
      {
        help: "set CRONVERGE_DATABASE_URL to the database of the scheduler, or start it in the project",
      },
    );
  }
  const settings = toSettings({ jobs: {} }, dirname(place.configFile));
  return { place, settings: { ...settings, database: { ...settings.database, schema } } };
}

/**
 * Opens the database that the project's settings, or `CRONVERGE_DATABASE_URL`, name.
 *
 * @throws SchedulerError as `openStore`; `project_mismatch` also when the embedded database holds
 * the schedule of another config file that still exists.
 */
export async function openProjectStore(
  project: Pick<Project, "place" | "settings">,
  options: { applicationName: string; migrate: Migrating; maxConnections?: number; url?: string },
): Promise<Store> {
  const server = await serverOptions(project, options);
  const { settings, place } = project;
  const { migrate } = options;
  const store = await openStore({ ...server, project: settings.project, migrate });
  if (server.url !== null) return store;
  try {
    await refuseOtherConfig(store.database, place);
    return store;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Opens the same database whatever is in it. With `start: false`, an embedded server is taken as it
 * is, and null is returned when it does not run.
 *
 * @throws SchedulerError as `openServer`; `io` when what `database.url` names is not there
 */
export async function openProjectServer(
  project: Pick<Project, "place" | "settings">,
  options: { applicationName: string; maxConnections?: number; start: boolean },
): Promise<Store | null> {
  const server = await serverOptions(project, options);
  return options.start ? openServer(server) : openRunning(server);
}

/** The address of the project's database; null: the embedded one. */
export async function databaseUrl({
  settings,
  place,
}: Pick<Project, "place" | "settings">): Promise<string | null> {
  return (
    process.env["CRONVERGE_DATABASE_URL"] ??
    valueOf(settings.database.url, place.configFile, "database.url")
  );
}

async function serverOptions(
  project: Pick<Project, "place" | "settings">,
  options: { applicationName: string; maxConnections?: number; url?: string },
): Promise<ServerOptions> {
  const { settings, place } = project;
  return {
    settings: settings.database,
    url: options.url ?? (await databaseUrl(project)),
    root: place.root,
    stateDir: place.stateDir,
    applicationName: options.applicationName,
    ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
  };
}

/**
 * An embedded database belongs to one config.
 *
 * @throws SchedulerError `project_mismatch`
 */
export async function refuseOtherConfig(db: Queryable, place: ProjectPlace): Promise<void> {
  const other = await otherConfig(db, place);
  if (other === null) return;
  throw new SchedulerError("project_mismatch", `${place.stateDir} holds the schedule of ${other}`, {
    help: "give this config a state of its own: --state-dir FOLDER",
  });
}

/** The config whose schedule the embedded database holds, where that is another file than this. */
async function otherConfig(db: Queryable, { configFile }: ProjectPlace): Promise<string | null> {
  const latest = await latestRevision(db);
  if (latest === null) return null;
  const [held, own] = await Promise.all(
    [latest.configFile, configFile].map((file) => realpath(file).catch(() => null)),
  );
  // One that was moved away, perhaps with its whole checkout, leaves its schedule to its successor.
  return held === null || held === undefined || held === own ? null : latest.configFile;
}

/** The text of a value that is written down, or named, in the config. */
export async function valueOf(
  source: ValueSource | null,
  configFile: string,
  key: string,
): Promise<string | null> {
  if (source === null) return null;
  try {
    return await resolveValue(source, { key, configDir: dirname(configFile), env: process.env });
  } catch (error) {
    throw new SchedulerError("io", errorMessage(error), {
      help: `set the value that ${key} names, or CRONVERGE_DATABASE_URL`,
      cause: error,
    });
  }
}
