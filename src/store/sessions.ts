import type { Queryable } from "./queryable.ts";

/** Open sessions without activity for longer than `hours`. */
export async function countInactiveSessions(db: Queryable, hours: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select count(*) as count from user_sessions
      where ended_at is null and last_activity_at < clock_timestamp() - $1::float8 * interval '1 hour'`,
    [hours],
  );
  return row?.count ?? 0;
}

/** Closes at most `limit` of them and returns how many. */
export async function closeInactiveSessions(
  db: Queryable,
  options: { hours: number; limit: number },
): Promise<number> {
  const rows = await db.query(
    `update user_sessions set ended_at = clock_timestamp()
      where session_id in (
        select session_id from user_sessions
         where ended_at is null
           and last_activity_at < clock_timestamp() - $1::float8 * interval '1 hour'
         order by last_activity_at limit $2 for update skip locked)
     returning session_id`,
    [options.hours, options.limit],
  );
  return rows.length;
}
