import { existsSync } from "node:fs";
import type { SchedulerSettings } from "../model/job.ts";
import type { LoadedConfig } from "../source/load.ts";
import type { Migrating, Store } from "../store/open.ts";
import type { Database } from "../store/connection.ts";
import type { Project } from "../daemon/project.ts";
import { openProjectStore, projectWithoutConfig, readProject } from "../daemon/project.ts";
import { displayName } from "./context.ts";
import type { CommandContext } from "./context.ts";

/** The database of a project, and what its settings say. Closed by `await using`. */
export interface DatabaseSession extends AsyncDisposable {
  settings: SchedulerSettings;
  store: Store;
  database: Database;
}

/** An open project: its config as found and its database. */
export interface Session extends DatabaseSession {
  project: Project;
}

export interface SessionOptions {
  /** What the command has read of the config already. */
  known?: LoadedConfig;
  /** Default: `empty`. */
  migrate?: Migrating;
}

/**
 * Opens the project of a command. A fresh database gets its tables, so that a question asked before
 * the first apply has an answer; a schema of an older version is for what deploys to bring up to date.
 */
export async function openSession(
  { locate, terminal, json }: CommandContext,
  { known, migrate = "empty" }: SessionOptions = {},
): Promise<Session> {
  const place = locate();
  const name = displayName(place.configFile);
  const project = await readProject(place, name, known);
  if (project.loaded.desired === null && !json) {
    const advice = "the last good one goes on; see cronverge check";
    terminal.err(`${terminal.errColor("yellow", "warning:")} ${name} has errors; ${advice}\n`);
  }
  const store = await openProjectStore(project, {
    applicationName: "cronverge cli",
    migrate,
    maxConnections: 2,
  });
  return { project, ...sessionOf(store, project.settings) };
}

/**
 * Opens the database of a node as that node finds it: by its config, or, for a worker that has none,
 * by the environment. It changes nothing there.
 */
export async function openNodeSession(
  { locateOrHere }: CommandContext,
  options: { schema?: string },
): Promise<DatabaseSession> {
  const place = locateOrHere();
  const project = existsSync(place.configFile)
    ? await readProject(place, displayName(place.configFile))
    : projectWithoutConfig(place, options);
  const store = await openProjectStore(project, {
    applicationName: "cronverge cli",
    migrate: "none",
    maxConnections: 2,
  });
  return sessionOf(store, project.settings);
}

function sessionOf(store: Store, settings: SchedulerSettings): DatabaseSession {
  return {
    settings,
    store,
    database: store.database,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
