import type { Database } from "../store/connection.ts";
import { readCancels } from "../store/nodes.ts";
import type { Worker } from "./worker.ts";

/**
 * Ends the runs of this node that somebody asked to end; for each wake, by an index, so that wakes cost
 * next to nothing. What a lost wake hid the heartbeat finds, which reads all that the node owns.
 */
export function cancelsStep(options: {
  database: Database;
  nodeId: () => string;
  worker: Pick<Worker, "cancel">;
}): () => Promise<number> {
  const { database, nodeId, worker } = options;
  return async () => {
    for (const { id, reason } of await readCancels(database, nodeId())) worker.cancel(id, reason);
    return Infinity;
  };
}
