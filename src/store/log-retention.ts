import type { LogLevel } from "../model/execution.ts";
import { LOG_LEVELS } from "../model/execution.ts";
import type { LogAge } from "../model/job.ts";
import { ageOfLevel } from "../model/log-age.ts";
import type { Database } from "./connection.ts";

/** Up to when the lines of each level are gone: what a process remembers between two prunings. */
export type PrunedUntil = Partial<Record<LogLevel, Date>>;

export interface LogPruning {
  /** Older lines go, each by the age of its level. */
  age: LogAge;
  /** Whether it is to stop before all are gone. */
  isOver: () => boolean;
  /** Does one batch when its time has come; absent: at once. */
  batch?: <T>(work: () => Promise<T>) => Promise<T>;
  /** Lines of before are not looked for again. It is brought up to date. */
  until?: PrunedUntil;
}

/** How many rows one statement deletes: few, so that it holds no lock for long. */
const BATCH = 1_000;

/**
 * Deletes lines that are older than their level is kept, in small batches. `finished`: none was left by
 * its end.
 */
export async function pruneLogs(
  db: Database,
  { age, until, ...pace }: LogPruning,
): Promise<{ deleted: number; finished: boolean }> {
  if (typeof age === "number") {
    const done = await deleteAll(db, { ...pace, levels: LOG_LEVELS, ageMs: age, from: null });
    return { deleted: done.count, finished: done.until !== null };
  }
  let deleted = 0;
  let finished = true;
  for (const level of LOG_LEVELS) {
    const from = until?.[level] ?? null;
    const done = await deleteAll(db, {
      ...pace,
      levels: [level],
      ageMs: ageOfLevel(age, level),
      from,
    });
    deleted += done.count;
    finished &&= done.until !== null;
    if (until !== undefined && done.until !== null) until[level] = done.until;
  }
  return { deleted, finished };
}

/** How many lines `pruneLogs` would delete now. */
export async function countPrunable(db: Database, age: LogAge): Promise<number> {
  const ages = LOG_LEVELS.map((level) => ageOfLevel(age, level));
  const [row] = await db.query<{ count: number }>(
    `select count(*) as count
       from unnest($1::text[], $2::float8[]) as kept(level, ms)
       join logs l on l.level = kept.level
        and l.timestamp < clock_timestamp() - kept.ms * interval '1 ms'`,
    [LOG_LEVELS.map((level) => level.toUpperCase()), ages],
    { idempotent: true },
  );
  return row?.count ?? 0;
}

interface Deletion extends Pick<LogPruning, "isOver" | "batch"> {
  levels: readonly LogLevel[];
  ageMs: number;
  from: Date | null;
}

/** `until`: no older line of these levels is left; null: it did not come to that. */
async function deleteAll(
  db: Database,
  { levels, ageMs, from, isOver, batch = atOnce }: Deletion,
): Promise<{ count: number; until: Date | null }> {
  let count = 0;
  const names = levels.map((level) => level.toUpperCase());
  const parameters = [ageMs, names, from, BATCH];
  while (!isOver()) {
    const [row] = await batch(() =>
      db.query<{ deleted: number; edge: Date }>(DELETE_OLD, parameters, { idempotent: true }),
    );
    count += row?.deleted ?? 0;
    // A batch that is not full may be one of which another clean-up took a part.
    if ((row?.deleted ?? 0) === 0) return { count, until: row?.edge ?? null };
  }
  return { count, until: null };
}

function atOnce<T>(work: () => Promise<T>): Promise<T> {
  return work();
}

const DELETE_OLD = `
with edge as materialized (
  select (clock_timestamp() - $1::float8 * interval '1 ms')::timestamptz(3) as at),
gone as (
  delete from logs where id in (
    select id from logs
     where timestamp < (select at from edge) and level = any ($2::text[])
       and ($3::timestamptz is null or timestamp >= $3)
     order by timestamp limit $4) returning id)
select (select count(*) from gone) as deleted, at as edge from edge`;

/** The instant before which lines are old, by the server's clock. */
export async function instantBefore(db: Database, ageMs: number): Promise<Date> {
  const [row] = await db.query<{ at: Date }>(
    "select (clock_timestamp() - $1::float8 * interval '1 ms')::timestamptz(3) as at",
    [ageMs],
    { idempotent: true },
  );
  if (row === undefined) throw new Error("the database has no clock");
  return row.at;
}

/** How many lines are older than an instant, whatever their level. */
export async function countLogsBefore(db: Database, before: Date): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    "select count(*) as count from logs where timestamp < $1",
    [before],
    { idempotent: true },
  );
  return row?.count ?? 0;
}

/** Deletes them in small batches, until none is left or `signal` says stop. Returns how many. */
export async function deleteLogsBefore(
  db: Database,
  { before, signal }: { before: Date; signal: AbortSignal },
): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    const rows = await db.query(
      `delete from logs where id in (
         select id from logs where timestamp < $1 order by timestamp limit $2) returning id`,
      [before, BATCH],
      { idempotent: true },
    );
    count += rows.length;
    if (rows.length < BATCH) break;
  }
  return count;
}
