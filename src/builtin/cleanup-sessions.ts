import type { BuiltinName } from "../model/builtins.ts";
import { serverNow } from "../store/queryable.ts";
import { closeInactiveSessions, findInactiveSessions } from "../store/sessions.ts";
import { Budget } from "./budget.ts";
import type { BuiltinContext, BuiltinJob, BuiltinResult } from "./contract.ts";
import { hoursBefore } from "./ages.ts";
import { readParameters } from "./parameters.ts";
import { remarks, totals } from "./report.ts";
import { sweepAll } from "./sweep.ts";
import { requireColumns } from "./tables.ts";

/** Closes user sessions without activity for longer than `retention_hours`. */
export const cleanupSessions: BuiltinJob = {
  run: (context) =>
    closeSessions(context, { builtin: "cleanup-sessions", parameter: "retention_hours" }),
};

/** The same under its other name, by which it is due more often and asks for `inactive_hours`. */
export const cleanupInactiveSessions: BuiltinJob = {
  run: (context) =>
    closeSessions(context, { builtin: "cleanup_inactive_sessions", parameter: "inactive_hours" }),
};

async function closeSessions(
  context: BuiltinContext,
  { builtin, parameter }: { builtin: BuiltinName; parameter: string },
): Promise<BuiltinResult> {
  const { database, enforce } = context;
  const hours = readParameters(builtin, context.parameters).number(parameter);
  await requireColumns(context, {
    user_sessions: ["session_id", "last_activity_at", "ended_at"],
  });
  const since = hoursBefore(await serverNow(database), hours);
  const budget = new Budget(context);
  const swept = await sweepAll(
    [
      {
        nouns: ["inactive session", "inactive sessions"],
        find: (page) => findInactiveSessions(database, { since, ...page }),
        write: (keys) => closeInactiveSessions(database, { since, keys }),
      },
    ],
    { ...context, budget },
  );
  const { itemsFound, itemsProcessed, itemsFailed } = totals(swept);
  const what = enforce
    ? `Cleaned up ${itemsProcessed} inactive session(s)`
    : `Would clean up ${itemsFound} inactive session(s)`;
  const message = [what, ...remarks(swept, { enforce, budget })].join("; ");
  return { message, itemsFound, itemsProcessed, itemsFailed };
}
