import type { JsonObject } from "../model/json.ts";
import type { Database } from "./connection.ts";
import type { Queryable } from "./queryable.ts";

/** One applied config. */
export interface Revision {
  id: number;
  configHash: string;
  configFile: string;
  source: string;
  summary: JsonObject;
  gitCommit: string | null;
  gitAuthor: string | null;
  gitSubject: string | null;
  gitDirty: boolean | null;
  appliedBy: string;
  nodeId: string | null;
  appliedAt: Date;
}

const REVISION = `
  select id, config_hash as "configHash", config_file as "configFile", source, summary,
         git_commit as "gitCommit", git_author as "gitAuthor", git_subject as "gitSubject",
         git_dirty as "gitDirty", applied_by as "appliedBy", node_id as "nodeId",
         applied_at as "appliedAt"
    from config_revisions`;

/** The newest revisions first. */
export async function listRevisions(db: Database, limit: number): Promise<Revision[]> {
  return db.query<Revision>(`${REVISION} order by id desc limit $1`, [limit], { idempotent: true });
}

export async function findRevision(db: Queryable, id: number): Promise<Revision | null> {
  const [row] = await db.query<Revision>(`${REVISION} where id = $1`, [id]);
  return row ?? null;
}

/** The revision in force, or null before the first apply. */
export async function latestRevision(db: Queryable): Promise<Revision | null> {
  const [row] = await db.query<Revision>(`${REVISION} order by id desc limit 1`);
  return row ?? null;
}

/** Whether a config with that hash was ever applied. */
export async function wasApplied(db: Queryable, configHash: string): Promise<boolean> {
  const rows = await db.query("select 1 from config_revisions where config_hash = $1 limit 1", [
    configHash,
  ]);
  return rows.length > 0;
}
