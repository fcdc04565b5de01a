import { databaseUrl, openProjectServer, type Project } from "../../daemon/project.ts";
import { byEvidence } from "../../daemon/sweeper.ts";
import { SchedulerError } from "../../model/errors.ts";
import { findEmbeddedFacts, stopEmbedded } from "../../store/embedded.ts";
import { nodesOfAllSchemas } from "../../store/open.ts";
import type { CommandContext } from "../context.ts";
import { inUse, liveNodes, readDatabaseProject } from "../db-project.ts";
import type { CommandResult } from "../result.ts";

/** The JSON of `db stop`. */
interface DatabaseStopData {
  stopped: boolean;
  /** That of the server that was stopped. */
  pid: number | null;
  message: string;
}

/**
 * `db stop`: stops the embedded server that nobody uses, such as one whose scheduler was killed. It
 * is refused while a node lives or another command is at work.
 */
export async function dbStop(context: CommandContext): Promise<CommandResult> {
  const project = await readDatabaseProject(context);
  if ((await databaseUrl(project)) !== null) {
    throw new SchedulerError(
      "unsupported",
      "the database of this project is not the embedded one",
      {
        help: "Cronverge did not start it; stop it where it runs",
      },
    );
  }
  const found = await findEmbeddedFacts(project.place);
  if (found === null || found.pid === null) return stopped(null);
  await refuseLive(project);
  const outcome = await stopEmbedded({
    ...project.place,
    // By evidence: the lease of a node that was killed goes on for a while.
    mayStop: async (query) => {
      const nodes = await byEvidence(await nodesOfAllSchemas(query), true);
      return nodes.every(({ expired }) => expired);
    },
  });
  if (outcome !== "in_use") return stopped(outcome === "stopped" ? found.pid : null);
  throw new SchedulerError("database_in_use", "a scheduler or another command uses the database", {
    help: "the last one to end stops it; wait until they have ended",
  });
}

/** Says which node it is: else it is only known that somebody holds the database open. */
async function refuseLive(project: Project): Promise<void> {
  const options = { applicationName: "cronverge cli", maxConnections: 1, start: false };
  const store = await openProjectServer(project, options);
  if (store === null) return;
  await using opened = store;
  const live = await liveNodes(opened.database, true);
  if (live.length > 0) throw inUse(live, "stop it first: Ctrl-C, or SIGTERM to its process");
}

function stopped(pid: number | null): CommandResult {
  const message =
    pid === null
      ? "The embedded PostgreSQL is not running"
      : `Stopped the embedded PostgreSQL (pid ${pid})`;
  const data: DatabaseStopData = { stopped: pid !== null, pid, message };
  return {
    data,
    artifactType: "text",
    title: "Database Stop",
    text: () => `${message}\n`,
  };
}
