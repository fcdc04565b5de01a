import { databaseUrl, lookAtProject, openProjectServer } from "../daemon/project.ts";
import type { Project } from "../daemon/project.ts";
import { nodesByEvidence } from "../daemon/sweeper.ts";
import { SchedulerError } from "../model/errors.ts";
import { sqlState, type Database } from "../store/connection.ts";
import { InvalidConfig } from "../source/invalid-config.ts";
import { findEmbeddedFacts } from "../store/embedded.ts";
import type { OpenNode } from "../store/nodes.ts";
import type { Store } from "../store/open.ts";
import type { CommandContext } from "./context.ts";
import { displayName } from "./context.ts";

/**
 * The project of a command that cares for its database; nothing is written for it.
 *
 * @throws SchedulerError `config_not_found` | `config_invalid`
 */
export async function readDatabaseProject({ locate }: CommandContext): Promise<Project> {
  const place = locate();
  const { loaded, settings } = await lookAtProject(place, displayName(place.configFile));
  if (settings === null) throw new InvalidConfig(loaded);
  return { place, loaded, settings };
}

/** Its database with whatever is in it; an embedded server is started. Closed by `await using`. */
export async function openDatabase(project: Project): Promise<Store> {
  const options = { applicationName: "cronverge cli", maxConnections: 2, start: true };
  const store = await openProjectServer(project, options);
  if (store === null) throw new Error("a server that may be started is there");
  return store;
}

/** Whether there is a database at all: an embedded one is made when it is first needed. */
export async function databaseExists(project: Project): Promise<boolean> {
  return (await databaseUrl(project)) !== null || (await findEmbeddedFacts(project.place)) !== null;
}

/** The nodes that live; none where there is no schema yet. */
export async function liveNodes(database: Database, embedded: boolean): Promise<OpenNode[]> {
  try {
    const nodes = await nodesByEvidence(database, embedded);
    return nodes.filter(({ expired }) => !expired);
  } catch (error) {
    if (sqlState(error) === UNDEFINED_TABLE) return [];
    throw error;
  }
}

const UNDEFINED_TABLE = "42P01";

/** Says that nodes are in the way. */
export function inUse(nodes: readonly OpenNode[], help: string): SchedulerError {
  const shown = nodes.map(({ host, pid, version }) => `${host} (pid ${pid}, version ${version})`);
  const message =
    nodes.length === 1
      ? `a node lives: ${shown[0]}`
      : `${nodes.length} nodes live: ${shown.join(", ")}`;
  return new SchedulerError("database_in_use", message, { help });
}
