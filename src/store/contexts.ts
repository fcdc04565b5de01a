import { behind, BEGINNING, type FoundRows, type Page } from "./pages.ts";
import type { Queryable } from "./queryable.ts";

/**
 * The contexts of a page that were made before `before` and are empty: no message, and nothing that
 * an audit would ask for, a tool that ran or a decision about one. That of a command line lives as
 * long as it has a session.
 */
export async function findEmptyContexts(
  db: Queryable,
  { before, after, limit }: Page & { before: Date },
): Promise<FoundRows> {
  const rows = await db.query<{ key: string; time: string; empty: boolean }>(
    `with c as materialized (
       select context_id, created_at, kind, session_id from user_contexts
        where created_at < $1::timestamptz and ${behind("created_at", "context_id")}
        order by created_at, context_id limit $4)
     select c.context_id::text as key, c.created_at::text as time, ${IS_EMPTY} as empty
       from c order by c.created_at, c.context_id`,
    [before, after?.[0] ?? BEGINNING, after?.[1] ?? null, limit],
  );
  const last = rows.at(-1);
  return {
    keys: rows.filter((row) => row.empty).map((row) => row.key),
    next: last === undefined || rows.length < limit ? null : [last.time, last.key],
  };
}

/** Deletes those that are still empty; returns how many. */
export async function deleteEmptyContexts(db: Queryable, keys: readonly string[]): Promise<number> {
  const [row] = await db.query<{ deleted: number }>(
    `with held as materialized (
       select context_id from user_contexts c
        where context_id = any ($1) and ${IS_EMPTY} for update skip locked),
     gone as (
       delete from user_contexts where context_id in (select context_id from held) returning 1)
     select count(*) as deleted from gone`,
    [keys],
  );
  return row?.deleted ?? 0;
}

const IS_EMPTY = `(
  (c.kind <> 'cli_session' or c.session_id is null)
  and not exists (select from task_messages m where m.context_id = c.context_id)
  and not exists (select from mcp_tool_executions t where t.context_id = c.context_id)
  and not exists (select from governance_decisions g where g.context_id = c.context_id))`;
