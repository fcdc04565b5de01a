import { builtinParameter } from "../model/builtins.ts";
import { countOldLogs, deleteOldLogs } from "../store/logs.ts";
import type { BuiltinJob } from "./contract.ts";
import { inBatches } from "./contract.ts";

/** Deletes log entries older than `retention_days`. */
export const logCleanup: BuiltinJob = {
  async run({ database, parameters, signal }) {
    const days = builtinParameter("log-cleanup", "retention_days", parameters);
    const deleted = await inBatches({ limit: 1_000, signal }, (limit) =>
      deleteOldLogs(database, { days, limit }),
    );
    return {
      message: `Deleted ${deleted} log entries older than ${days} days`,
      itemsProcessed: deleted,
    };
  },
  async count({ database, parameters }) {
    return countOldLogs(database, builtinParameter("log-cleanup", "retention_days", parameters));
  },
};
