import type { SchedulerSettings } from "../model/job.ts";
import type { LoadedConfig } from "../source/load.ts";
import type { Store } from "../store/open.ts";
import type { Database } from "../store/connection.ts";
import type { Project } from "../daemon/project.ts";
import { openProjectStore, readProject } from "../daemon/project.ts";
import { displayName } from "./context.ts";
import type { CommandContext } from "./context.ts";

/** An open project: its config as found and its database. Closed by `await using`. */
export interface Session extends AsyncDisposable {
  project: Project;
  settings: SchedulerSettings;
  store: Store;
  database: Database;
}

/**
 * Opens the project of a command. A fresh database gets its tables, so that a question asked before
 * the first apply has an answer. A command that has read the config already gives it as `known`.
 */
export async function openSession(
  { locate, terminal, json }: CommandContext,
  known?: LoadedConfig,
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
    migrate: true,
    maxConnections: 2,
  });
  return {
    project,
    settings: project.settings,
    store,
    database: store.database,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
