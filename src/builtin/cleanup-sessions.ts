import { builtinParameter } from "../model/builtins.ts";
import { closeInactiveSessions, countInactiveSessions } from "../store/sessions.ts";
import type { BuiltinJob } from "./contract.ts";
import { inBatches } from "./contract.ts";

/** Closes user sessions without activity for longer than `retention_hours`. */
export const cleanupSessions: BuiltinJob = {
  async run({ database, parameters, signal }) {
    const hours = builtinParameter("cleanup-sessions", "retention_hours", parameters);
    const closed = await inBatches({ limit: 1_000, signal }, (limit) =>
      closeInactiveSessions(database, { hours, limit }),
    );
    return { message: `Cleaned up ${closed} inactive session(s)`, itemsProcessed: closed };
  },
  async count({ database, parameters }) {
    const hours = builtinParameter("cleanup-sessions", "retention_hours", parameters);
    return countInactiveSessions(database, hours);
  },
};
