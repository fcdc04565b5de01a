import type { RetentionSettings } from "../model/job.ts";
import type { Database } from "../store/connection.ts";
import type { SchedulerEvent } from "../views/event.ts";
import type { PruneMemory } from "../store/retention.ts";
import { pruneHistory } from "../store/retention.ts";
import { startLoop } from "./loop.ts";
import { problem } from "./problem.ts";

/** Often enough that a busy schedule does not outgrow its limits by much. */
const EVERY_MS = 60_000;

/** A line may come with the time of long ago: all of the log is looked at once an hour. */
const WHOLE_EVERY = 60;

/** Prunes history by the retention in force. Disposing it ends it after the batch that is going on. */
export function startPruner(options: {
  database: Database;
  retention: () => RetentionSettings;
  emit: (event: SchedulerEvent) => void;
}): AsyncDisposable {
  const pruning = new AbortController();
  const memory: PruneMemory = { logs: {}, round: { after: "" } };
  let passes = 0;
  const loop = startLoop({
    async step() {
      if (passes % WHOLE_EVERY === 0) memory.logs = {};
      passes += 1;
      await pruneHistory(options.database, options.retention(), { signal: pruning.signal, memory });
      return EVERY_MS;
    },
    retryMs: EVERY_MS,
    onError: problem(options.emit, "cannot prune history"),
  });
  return {
    async [Symbol.asyncDispose]() {
      pruning.abort();
      await loop.stop();
    },
  };
}
