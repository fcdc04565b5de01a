import { SchedulerError } from "../model/errors.ts";
import { missingColumns, type RequiredColumns } from "../store/required-columns.ts";
import type { BuiltinContext } from "./contract.ts";

/**
 * Refuses to work on another database that lacks what the job needs: a clean-up that took a missing
 * table for an empty one would delete what that table protects.
 *
 * @throws SchedulerError `database_failed`, with all that is missing and the remedy.
 */
export async function requireColumns(
  { database, databaseName }: Pick<BuiltinContext, "database" | "databaseName">,
  required: RequiredColumns,
): Promise<void> {
  if (databaseName === null) return;
  const { tables, columns } = await missingColumns(database, required);
  if (tables.length + columns.length === 0) return;
  const missing = [
    ...(tables.length > 0
      ? [`no ${tables.length === 1 ? "table" : "tables"} ${tables.join(", ")}`]
      : []),
    ...(columns.length > 0
      ? [`no ${columns.length === 1 ? "column" : "columns"} ${columns.join(", ")}`]
      : []),
  ];
  const message = `the database ${databaseName} has ${missing.join(" and ")} in its schema public`;
  const help = "create what is missing, as docs/maintenance.md describes it";
  throw new SchedulerError("database_failed", `${message}: ${help}, or name another database`);
}

/** What a ban is written to. */
export const BAN_COLUMNS: RequiredColumns = {
  banned_ips: [
    "ip_address",
    "reason",
    "banned_at",
    "expires_at",
    "ban_count",
    "last_user_agent",
    "is_permanent",
    "source_fingerprint",
    "ban_source",
  ],
};
