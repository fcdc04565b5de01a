import { findAged, type AgedRows, type FoundRows, type Page } from "./pages.ts";
import type { Queryable } from "./queryable.ts";

const OPEN_BY_ACTIVITY: AgedRows = {
  table: "user_sessions",
  key: "session_id",
  time: "last_activity_at",
  only: "ended_at is null",
};

/** The open sessions of a page whose last activity was before `since`. */
export function findInactiveSessions(
  db: Queryable,
  { since, ...page }: Page & { since: Date },
): Promise<FoundRows> {
  return findAged(db, OPEN_BY_ACTIVITY, { before: since, ...page });
}

/** Closes those that are still open and inactive; returns how many. */
export async function closeInactiveSessions(
  db: Queryable,
  { since, keys }: { since: Date; keys: readonly string[] },
): Promise<number> {
  const [row] = await db.query<{ closed: number }>(
    `with held as materialized (
       select session_id from user_sessions
        where session_id = any ($2) and ended_at is null and last_activity_at < $1::timestamptz
        for update skip locked),
     closed as (
       update user_sessions set ended_at = clock_timestamp()
        where session_id in (select session_id from held) returning 1)
     select count(*) as closed from closed`,
    [since, keys],
  );
  return row?.closed ?? 0;
}
