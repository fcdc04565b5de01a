import { databaseUrl } from "../../daemon/project.ts";
import { byEvidence } from "../../daemon/sweeper.ts";
import { SchedulerError } from "../../model/errors.ts";
import { findEmbeddedFacts, stopEmbedded } from "../../store/embedded.ts";
import type { OpenNode } from "../../store/nodes.ts";
import { nodesOfAllSchemas } from "../../store/open.ts";
import type { CommandContext } from "../context.ts";
import { inUse, readDatabaseProject } from "../db-project.ts";
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
  const live: OpenNode[] = [];
  const outcome = await stopEmbedded({
    ...project.place,
    mayStop: async (query) => {
      const nodes = await byEvidence(await nodesOfAllSchemas(query), true);
      live.push(...nodes.filter(({ expired }) => !expired));
      return live.length === 0;
    },
  });
  if (live.length > 0) throw inUse(live, "stop it first: Ctrl-C, or SIGTERM to its process");
  if (outcome !== "in_use") return stopped(outcome === "stopped" ? found.pid : null);
  throw new SchedulerError("database_in_use", "a scheduler or another command uses the database", {
    help: "the last one to end stops it; wait until they have ended",
  });
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
