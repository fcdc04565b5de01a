import type { Queryable } from "./queryable.ts";

/**
 * A stretch of a table in the order of an index. A clean-up walks a table page by page, so that no
 * statement is long, and each row is met once whether it is written or only counted.
 */
export interface Page {
  /** Where the page before ended, as the table's own texts; null: at the beginning. */
  after: readonly string[] | null;
  /** Rows that are looked at. */
  limit: number;
}

/** The rows of a page that are meant, by their keys. */
export interface FoundRows {
  keys: string[];
  /** Where the page ended; null: there is nothing behind it. */
  next: string[] | null;
}

/** The rows of a table that are older than an instant by one of their columns. */
export interface AgedRows {
  table: string;
  key: string;
  time: string;
  /** What else must hold, in SQL; `$1` is the instant. */
  only?: string;
}

/** Those of a page, the oldest first. */
export async function findAged(
  db: Queryable,
  { table, key, time, only = "true" }: AgedRows,
  { before, after, limit }: Page & { before: Date },
): Promise<FoundRows> {
  const rows = await db.query<{ key: string; time: string }>(
    `select ${key}::text as key, ${time}::text as time from ${table}
      where ${time} < $1::timestamptz and ${behind(time, key)} and ${only}
      order by ${time}, ${key} limit $4`,
    [before, after?.[0] ?? BEGINNING, after?.[1] ?? null, limit],
  );
  const last = rows.at(-1);
  return {
    keys: rows.map((row) => row.key),
    next: last === undefined || rows.length < limit ? null : [last.time, last.key],
  };
}

/** Deletes of these what is still as old, but for what somebody has in hand; returns how many. */
export async function deleteAged(
  db: Queryable,
  { table, key, time, only = "true" }: AgedRows,
  { before, keys }: { before: Date; keys: readonly string[] },
): Promise<number> {
  const [row] = await db.query<{ deleted: number }>(
    `with held as materialized (
       select ${key} from ${table}
        where ${key} = any ($2) and ${time} < $1::timestamptz and ${only} for update skip locked),
     gone as (delete from ${table} where ${key} in (select ${key} from held) returning 1)
     select count(*) as deleted from gone`,
    [before, keys],
  );
  return row?.deleted ?? 0;
}

/** Before every instant. */
export const BEGINNING = "-infinity";

/** Behind `$2`, an instant, and `$3`, a key or null: in a form for which the index is of use. */
export function behind(time: string, key: string): string {
  return `${time} >= $2::timestamptz and (${time} > $2::timestamptz or ${key} > $3)`;
}
