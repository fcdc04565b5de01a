import type { Database } from "../store/connection.ts";
import { readCancels } from "../store/nodes.ts";
import type { Worker } from "./worker.ts";

/** How long a wake that was lost may go unnoticed. */
const POLL_MS = 5_000;

/** Ends the runs of this node that somebody asked to end; resolves to the ms until the next look. */
export function cancelsStep(options: {
  database: Database;
  nodeId: () => string;
  worker: Pick<Worker, "cancel">;
}): () => Promise<number> {
  const { database, nodeId, worker } = options;
  return async () => {
    for (const { id, reason } of await readCancels(database, nodeId())) worker.cancel(id, reason);
    return POLL_MS;
  };
}
