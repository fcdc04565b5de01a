import type { SchedulerSettings } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import type { RecordedChange } from "../plan/compose.ts";
import type { Database } from "./connection.ts";
import type { Queryable } from "./queryable.ts";

/** One applied config with its text. */
export interface Revision extends RevisionFacts {
  settings: SchedulerSettings;
  source: string;
}

/** Who applied a config, when, and from which commit. */
export interface RevisionFacts {
  id: number;
  configHash: string;
  configFile: string;
  summary: JsonObject;
  /** Whether its settings, all but its jobs, differ from those of the one before. */
  settingsChanged: boolean;
  gitCommit: string | null;
  gitAuthor: string | null;
  gitSubject: string | null;
  gitDirty: boolean | null;
  appliedBy: string;
  nodeId: string | null;
  appliedAt: Date;
}

/** The columns of `RevisionFacts`. */
export const REVISION_FACTS: string = `
         id, config_hash as "configHash", config_file as "configFile", summary,
         coalesce(settings - 'pluginDir' <> (
           select b.settings - 'pluginDir' from config_revisions b
            where b.id < config_revisions.id order by b.id desc limit 1), false)
           as "settingsChanged",
         git_commit as "gitCommit", git_author as "gitAuthor", git_subject as "gitSubject",
         git_dirty as "gitDirty", applied_by as "appliedBy", node_id as "nodeId",
         applied_at as "appliedAt"`;

/** The newest revisions first. */
export async function listRevisions(db: Database, limit: number): Promise<RevisionFacts[]> {
  return db.query<RevisionFacts>(
    `select ${REVISION_FACTS} from config_revisions order by id desc limit $1`,
    [limit],
    { idempotent: true },
  );
}

/** What one revision changed; null where it was applied before changes were kept. */
export interface RevisionChanges {
  id: number;
  changes: RecordedChange[] | null;
}

/** The revisions after one and up to another, the newest first. */
export async function listRevisionsBetween(
  db: Database,
  { after, upTo }: { after: number; upTo: number },
): Promise<RevisionFacts[]> {
  return db.query<RevisionFacts>(
    `select ${REVISION_FACTS} from config_revisions where id > $1 and id <= $2 order by id desc`,
    [after, upTo],
    { idempotent: true },
  );
}

/** What each of them changed, the oldest first. */
export async function readChanges(
  db: Database,
  { after, upTo }: { after: number; upTo: number },
): Promise<RevisionChanges[]> {
  return db.query<RevisionChanges>(
    "select id, changes from config_revisions where id > $1 and id <= $2 order by id",
    [after, upTo],
    { idempotent: true },
  );
}

/** One revision with its settings and text, or null where none has the id. */
export async function findRevision(db: Queryable, id: number): Promise<Revision | null> {
  const [row] = await db.query<Revision>(
    `select ${REVISION_FACTS}, settings, source from config_revisions where id = $1`,
    [id],
  );
  return row ?? null;
}

/** The revision in force, without its text: every command asks. Null before the first apply. */
export async function latestRevision(db: Queryable): Promise<RevisionFacts | null> {
  const [row] = await db.query<RevisionFacts>(
    `select ${REVISION_FACTS} from config_revisions order by id desc limit 1`,
  );
  return row ?? null;
}

/** What the file that was applied last says beside its jobs. Null before the first apply. */
export async function settingsInForce(
  db: Database,
): Promise<{ revision: number; settings: Partial<SchedulerSettings> } | null> {
  const [row] = await db.query<{ revision: number; settings: Partial<SchedulerSettings> }>(
    "select id as revision, settings from config_revisions order by id desc limit 1",
    [],
    { idempotent: true },
  );
  return row ?? null;
}

/** Whether a config with that hash was ever applied. */
export async function wasApplied(db: Queryable, configHash: string): Promise<boolean> {
  const rows = await db.query("select 1 from config_revisions where config_hash = $1 limit 1", [
    configHash,
  ]);
  return rows.length > 0;
}
