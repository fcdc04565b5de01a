import type { LogLevel } from "../model/execution.ts";
import { LOG_LEVELS } from "../model/execution.ts";
import type { LogAge } from "../model/job.ts";
import { ageOfLevel } from "../model/log-age.ts";
import type { Database } from "./connection.ts";
import { serverNow } from "./queryable.ts";

/** Up to when the lines of each level are gone: what a process remembers between two prunings. */
export type PrunedUntil = Partial<Record<LogLevel, Date>>;

/** How a deletion goes about its work. */
export interface Pace {
  /** Whether it is to stop before all are gone. */
  isOver: () => boolean;
  /** Does one batch when its time has come; absent: at once. */
  batch?: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface LogPruning extends Pace {
  /** Older lines go, each by the age of its level. */
  age: LogAge;
  /** Lines of before are not looked for again. It is brought up to date. */
  until?: PrunedUntil;
}

/** The lines of some levels that are older than an instant. */
export interface OldLines {
  levels: readonly LogLevel[];
  before: Date;
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
  let deleted = 0;
  let finished = true;
  for (const old of await readOldLines(db, age)) {
    const [level = null, ...others] = old.levels;
    // What was looked through is known by the level.
    const alone = others.length === 0 ? level : null;
    const from = alone === null ? null : (until?.[alone] ?? null);
    const done = await deleteLogs(db, { ...old, from, ...pace });
    deleted += done.count;
    finished &&= done.finished;
    if (until !== undefined && alone !== null && done.finished) until[alone] = old.before;
  }
  return { deleted, finished };
}

/** How many lines `pruneLogs` would delete now. */
export async function countPrunable(db: Database, age: LogAge): Promise<number> {
  let count = 0;
  for (const old of await readOldLines(db, age)) count += await countLogs(db, old);
  return count;
}

/** Which lines are too old now, by the server's clock. */
async function readOldLines(db: Database, age: LogAge): Promise<OldLines[]> {
  const nowMs = (await serverNow(db)).getTime();
  if (typeof age === "number") return [{ levels: LOG_LEVELS, before: new Date(nowMs - age) }];
  return LOG_LEVELS.map((level) => ({
    levels: [level],
    before: new Date(nowMs - ageOfLevel(age, level)),
  }));
}

export async function countLogs(db: Database, { levels, before }: OldLines): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    "select count(*) as count from logs where timestamp < $1 and level = any ($2::text[])",
    [before, namesOf(levels)],
    { idempotent: true },
  );
  return row?.count ?? 0;
}

/**
 * Deletes them in small batches; with `from`, none that is older than that. `finished`: none was left.
 */
export async function deleteLogs(
  db: Database,
  options: OldLines & Pace & { from?: Date | null },
): Promise<{ count: number; finished: boolean }> {
  const { levels, before, from = null, isOver, batch = atOnce } = options;
  const parameters = [before, namesOf(levels), from, BATCH];
  let count = 0;
  while (!isOver()) {
    const rows = await batch(() => db.query(DELETE_OLD, parameters, { idempotent: true }));
    count += rows.length;
    // A batch that is not full may be one of which another clean-up took a part.
    if (rows.length === 0) return { count, finished: true };
  }
  return { count, finished: false };
}

const DELETE_OLD = `
delete from logs where id in (
  select id from logs
   where timestamp < $1 and level = any ($2::text[])
     and ($3::timestamptz is null or timestamp >= $3)
   order by timestamp limit $4) returning id`;

function namesOf(levels: readonly LogLevel[]): string[] {
  return levels.map((level) => level.toUpperCase());
}

function atOnce<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
