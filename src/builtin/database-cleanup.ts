import { EXPIRED } from "../store/expired-tokens.ts";
import { deleteAged, findAged, type AgedRows } from "../store/pages.ts";
import { serverNow } from "../store/queryable.ts";
import type { RequiredColumns } from "../store/required-columns.ts";
import { deleteOrphanedLogs, findOrphanedLogs, LOGS_BY_AGE } from "../store/stale-logs.ts";
import { daysBefore, hoursBefore } from "./ages.ts";
import { Budget } from "./budget.ts";
import type { BuiltinContext, BuiltinJob } from "./contract.ts";
import { readParameters, type Parameters } from "./parameters.ts";
import { reportSwept } from "./report.ts";
import { sweepAll, type Sweep } from "./sweep.ts";
import { requireColumns } from "./tables.ts";

/** Deletes log entries of nobody, old ones, and what authorized for a time that is over. */
export const databaseCleanup: BuiltinJob = {
  async run(context) {
    const { database, enforce } = context;
    const parameters = readParameters("database_cleanup", context.parameters);
    const tables = parameters.texts("tables");
    await requireColumns(context, requiredOf(tables));
    const asOf = await serverNow(database);
    const sweeps = [
      ...(tables.includes("logs") ? logSweeps(context, { asOf, parameters }) : []),
      ...Object.entries(EXPIRED).flatMap(([table, kinds]) =>
        tables.includes(table) ? expiredSweeps(context, { asOf, kinds }) : [],
      ),
    ];
    const budget = new Budget(context);
    const swept = await sweepAll(sweeps, { ...context, budget });
    const verbs = { did: "Deleted", would: "Would delete" };
    return reportSwept(swept, { enforce, budget, verbs });
  },
};

function logSweeps(
  { database }: BuiltinContext,
  { asOf, parameters }: { asOf: Date; parameters: Parameters },
): Sweep[] {
  const before = daysBefore(asOf, parameters.number("log_retention_days"));
  const orphans = {
    oldestKept: before,
    before: hoursBefore(asOf, parameters.number("orphaned_log_hours")),
    systemUsers: parameters.texts("system_users"),
  };
  return [
    {
      nouns: ["log entry of an unknown user", "log entries of unknown users"],
      find: (page) => findOrphanedLogs(database, { ...orphans, ...page }),
      write: (keys) => deleteOrphanedLogs(database, { ...orphans, keys }),
    },
    {
      nouns: ["old log entry", "old log entries"],
      find: (page) => findAged(database, LOGS_BY_AGE, { before, ...page }),
      write: (keys) => deleteAged(database, LOGS_BY_AGE, { before, keys }),
    },
  ];
}

function expiredSweeps(
  { database }: BuiltinContext,
  { asOf, kinds }: { asOf: Date; kinds: readonly AgedRows[] },
): Sweep[] {
  return kinds.map((kind) => ({
    nouns: nounsOf(kind),
    find: (page) => findAged(database, kind, { before: asOf, ...page }),
    write: (keys) => deleteAged(database, kind, { before: asOf, keys }),
  }));
}

/** What a row of each table is called; a used code is not an expired one. */
const NOUNS: Record<string, Sweep["nouns"]> = {
  "oauth_auth_codes.expires_at": ["expired authorization code", "expired authorization codes"],
  "oauth_auth_codes.used_at": ["used authorization code", "used authorization codes"],
  "oauth_refresh_tokens.expires_at": ["expired refresh token", "expired refresh tokens"],
  "oauth_state_bindings.expires_at": ["expired state binding", "expired state bindings"],
  "oauth_jti_revocations.exp": ["expired revocation", "expired revocations"],
  "id_jag_replay.expires_at": ["expired replay entry", "expired replay entries"],
};

function nounsOf({ table, time }: AgedRows): Sweep["nouns"] {
  return NOUNS[`${table}.${time}`] ?? ["row", "rows"];
}

function requiredOf(tables: readonly string[]): RequiredColumns {
  const required: Record<string, string[]> = {};
  for (const table of tables) {
    const kinds = EXPIRED[table];
    if (kinds === undefined) continue;
    required[table] = kinds.flatMap(({ key, time }) => [key, time]);
  }
  if (!tables.includes("logs")) return required;
  return { ...required, logs: ["id", "timestamp", "user_id"], users: ["id"] };
}
