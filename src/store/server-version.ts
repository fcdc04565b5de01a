import { SchedulerError } from "../model/errors.ts";
import type { Database } from "./connection.ts";

/** As the server's `server_version_num` counts: 150018 is 15.18. */
const OLDEST = 150_000;

/**
 * Refuses a server that is too old, before one of our statements fails on it in words of its own.
 *
 * @throws SchedulerError `unsupported` | `database_unavailable` | `database_failed`
 */
export async function checkServerVersion(database: Database): Promise<void> {
  const [found] = await database.query<{ version: number }>(
    "select current_setting('server_version_num')::integer as version",
    [],
    { idempotent: true },
  );
  const problem = oldServerProblem(found?.version ?? 0);
  if (problem !== null) throw problem;
}

/** Null for a server of a version that works. */
export function oldServerProblem(version: number): SchedulerError | null {
  if (version >= OLDEST) return null;
  const message = `the database server is PostgreSQL ${versionName(version)}, and Cronverge needs 15 or newer`;
  return new SchedulerError("unsupported", message, {
    help: "upgrade the server, set database.url to a newer one, or leave it out for the embedded PostgreSQL",
  });
}

/** Before version 10 the major version had two parts. */
function versionName(version: number): string {
  const major = Math.floor(version / 10_000);
  if (major >= 10) return `${major}.${version % 10_000}`;
  return `${major}.${Math.floor(version / 100) % 100}.${version % 100}`;
}
