import { BEGINNING, type AgedRows, type FoundRows, type Page } from "./pages.ts";
import type { Queryable } from "./queryable.ts";

/** Log entries by their age. */
export const LOGS_BY_AGE: AgedRows = { table: "logs", key: "id", time: "timestamp" };

/** Whose entries are orphaned: of users that do not exist. */
export interface OrphanRule {
  /** Younger ones are left alone: who is just being made known may not be committed. */
  before: Date;
  /** Older ones go by their age. */
  oldestKept: Date;
  /** Ids that stand for no person, and are in no table of users. */
  systemUsers: readonly string[];
}

/**
 * The entries of a page that name a user who does not exist. Where no user at all is known, users are
 * kept elsewhere, and no entry is called orphaned.
 */
export async function findOrphanedLogs(
  db: Queryable,
  { before, oldestKept, systemUsers, after, limit }: Page & OrphanRule,
): Promise<FoundRows> {
  const rows = await db.query<{ key: string; userId: string; time: string; orphaned: boolean }>(
    `with l as materialized (
       select id, user_id, timestamp from logs
        where user_id is not null and user_id >= $4
          and (user_id > $4 or timestamp > $5::timestamptz
               or (timestamp = $5::timestamptz and id > $6))
        order by user_id, timestamp, id limit $7)
     select l.id::text as key, l.user_id as "userId", l.timestamp::text as time,
            ${IS_ORPHANED} as orphaned
       from l order by l.user_id, l.timestamp, l.id`,
    [
      before,
      oldestKept,
      systemUsers,
      after?.[0] ?? "",
      after?.[1] ?? BEGINNING,
      after?.[2] ?? null,
      limit,
    ],
  );
  const last = rows.at(-1);
  return {
    keys: rows.filter((row) => row.orphaned).map((row) => row.key),
    next: last === undefined || rows.length < limit ? null : [last.userId, last.time, last.key],
  };
}

/** Deletes those that are still orphaned; returns how many. */
export async function deleteOrphanedLogs(
  db: Queryable,
  { before, oldestKept, systemUsers, keys }: OrphanRule & { keys: readonly string[] },
): Promise<number> {
  const [row] = await db.query<{ deleted: number }>(
    `with held as materialized (
       select id from logs l
        where id = any ($4) and user_id is not null and ${IS_ORPHANED} for update skip locked),
     gone as (delete from logs where id in (select id from held) returning 1)
     select count(*) as deleted from gone`,
    [before, oldestKept, systemUsers, keys],
  );
  return row?.deleted ?? 0;
}

const IS_ORPHANED = `(
  l.timestamp < $1::timestamptz and l.timestamp >= $2::timestamptz
  and l.user_id <> all ($3::text[])
  and exists (select from users)
  and not exists (select from users u where u.id = l.user_id))`;
