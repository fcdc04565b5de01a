import { createHash } from "node:crypto";
import { SchedulerError } from "../model/errors.ts";
import { VERSION } from "../model/version.ts";
import type { Plan } from "../plan/plan.ts";
import { differingJobs } from "../plan/saved.ts";
import type { AgreedPlan, DatabaseIdentity, SavedPlan } from "../plan/saved.ts";
import { commitText } from "../views/commit-text.ts";
import type { ApplyRequest } from "./apply-request.ts";
import type { Queryable } from "./queryable.ts";
import { latestRevision } from "./revisions.ts";
import type { RevisionFacts } from "./revisions.ts";

/** Which database, and which schema of it, this is. */
export async function identifyDatabase(db: Queryable): Promise<DatabaseIdentity> {
  const [place] = await db.query<Omit<DatabaseIdentity, "server"> & { mayAsk: boolean }>(
    `select (select value from scheduler_state where key = 'project') as project,
            current_schema() as schema, current_database() as database,
            has_function_privilege('pg_control_system()', 'execute') as "mayAsk"`,
  );
  if (place === undefined) throw new SchedulerError("database_failed", "the server has no name");
  const { project, schema, database, mayAsk } = place;
  if (!mayAsk) return { project, schema, database, server: null };
  const [control] = await db.query<{ server: string }>(
    "select system_identifier::text as server from pg_control_system()",
  );
  return { project, schema, database, server: control?.server ?? null };
}

/** sha256 of a config's text. */
export function sourceHash(source: string): string {
  return createHash("sha256").update(source).digest("hex");
}

/**
 * Refuses a saved plan that is not what `plan`, made under the lock, would do.
 *
 * @throws SchedulerError `plan_stale`
 */
export async function checkSavedPlan(
  db: Queryable,
  { request, plan }: { request: ApplyRequest; plan: Plan },
): Promise<void> {
  const { agreed } = request;
  if (agreed === undefined) return;
  const { saved } = agreed;
  const moved =
    otherDatabase(saved.database, await identifyDatabase(db)) ??
    movedRevision(saved, await latestRevision(db)) ??
    movedFiles(saved, request) ??
    otherDeeds(agreed, plan);
  if (moved !== null) throw stalePlan(moved);
}

function otherDatabase(saved: DatabaseIdentity, found: DatabaseIdentity): string | null {
  const named = ({ project, schema, database }: DatabaseIdentity): string =>
    `schema "${schema}" of database "${database}"${project === null ? "" : `, project "${project}"`}`;
  const before = named(saved);
  const now = named(found);
  if (before !== now) return `the plan was made for ${before}, and this is ${now}`;
  const server = saved.server !== null && found.server !== null && saved.server !== found.server;
  return server ? `the plan was made for ${before}, on another server` : null;
}

function movedRevision(saved: SavedPlan, latest: RevisionFacts | null): string | null {
  if (saved.base_revision === (latest?.id ?? null)) return null;
  const base =
    saved.base_revision === null
      ? "before anything was applied"
      : `on revision ${saved.base_revision}`;
  const force =
    latest === null
      ? "nothing is in force"
      : `revision ${latest.id} is in force, ${credit(latest)}`;
  return `${force}, and the plan was made ${base}`;
}

/** Who applied it, and from which commit. */
function credit({ appliedBy, gitCommit, gitSubject, gitDirty }: RevisionFacts): string {
  if (gitCommit === null) return `applied by ${appliedBy}`;
  const commit = commitText({ commit: gitCommit, subject: gitSubject, dirty: gitDirty });
  return `applied by ${appliedBy} from ${commit}`;
}

function movedFiles(saved: SavedPlan, request: ApplyRequest): string | null {
  if (saved.config_hash === request.configHash) return null;
  if (saved.source_hash !== sourceHash(request.source)) {
    return `${request.configFile} changed since the plan was made`;
  }
  const plugins = new Set([...Object.keys(saved.codes), ...request.codes.keys()]);
  const changed = [...plugins].filter(
    (plugin) => saved.codes[plugin] !== request.codes.get(plugin)?.sha256,
  );
  return `the code of ${changed.join(", ")} changed since the plan was made`;
}

function otherDeeds({ saved, toJson }: AgreedPlan, plan: Plan): string | null {
  const names = differingJobs(saved.plan, toJson(plan));
  if (names.length === 0) return null;
  const version = saved.version === VERSION ? "" : `; it was made by version ${saved.version}`;
  return `what would be done to ${names.join(", ")} is not what the plan says${version}`;
}

function stalePlan(message: string): SchedulerError {
  return new SchedulerError("plan_stale", `the saved plan does not hold any more: ${message}`, {
    help: "make it anew, look at it, and apply it: cronverge plan --out FILE",
  });
}
