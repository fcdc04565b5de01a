import type { Database } from "./connection.ts";

/** Where a process is in its round of the jobs: what it remembers between two prunings. */
export interface Round {
  /** The id of the job that was looked at last; empty: the round begins. */
  after: string;
}

/** A round takes as many looks at most: where one follows a minute after another, less than an hour. */
const LOOKS = 50;
/** How many entries of the index one statement reads at most, unless one job may keep more. */
const ENTRIES = 250_000;
const MOST_JOBS = 1_000;
/** How many rows one statement deletes: few, so that it holds no lock for long. */
const BATCH = 1_000;
/** As long as the server allows: the index may have to come from a slow disk. */
const DEADLINE_MS = 60_000;

/**
 * Deletes what jobs have beyond `perJob` executions, but for open ones. To find it, as many entries of
 * an index as a job may keep are read of each: with a `round` only of those whose turn it is.
 */
export async function pruneSurplus(
  db: Database,
  { perJob, signal, round }: { perJob: number; signal: AbortSignal; round?: Round | undefined },
): Promise<number> {
  const place = round ?? { after: "" };
  const turn = round === undefined ? Infinity : (await countJobs(db)) / LOOKS;
  const jobs = Math.min(MOST_JOBS, Math.max(1, Math.floor(ENTRIES / perJob)));
  let deleted = 0;
  for (let looked = 0; looked < turn && !signal.aborted;) {
    const found = await look(db, { perJob, jobs, after: place.after, signal });
    deleted += found.deleted;
    looked += found.looked;
    place.after = found.looked < jobs ? "" : (found.last ?? "");
    if (place.after === "") break;
  }
  return deleted;
}

async function countJobs(db: Database): Promise<number> {
  const [row] = await db.query<{ n: number }>("select count(*) as n from scheduled_jobs", [], {
    idempotent: true,
  });
  return row?.n ?? 0;
}

interface Found {
  deleted: number;
  /** How many jobs were looked at. */
  looked: number;
  last: string | null;
}

/** Deletes, in batches, all that the next jobs have too many of. */
async function look(
  db: Database,
  options: { perJob: number; jobs: number; after: string; signal: AbortSignal },
): Promise<Found> {
  const { perJob, jobs, after, signal } = options;
  for (let deleted = 0; ;) {
    const [row] = await db.query<Found>(SURPLUS_EXECUTIONS, [perJob, BATCH, after, jobs], {
      idempotent: true,
      deadlineMs: DEADLINE_MS,
    });
    const found = row ?? { deleted: 0, looked: 0, last: null };
    deleted += found.deleted;
    if (found.deleted < BATCH || signal.aborted) return { ...found, deleted };
  }
}

// The edge is the last row that a job may keep; the index alone finds it. Both are asked for by ranges
// of which only the index of the jobs and their rows has the order: where few jobs have long histories,
// the planner would else take that of all rows, and read what other jobs have there.
export const SURPLUS_EXECUTIONS: string = `
with looked as materialized (
  select id from scheduled_jobs where id > $3 order by id limit $4),
gone as (
  delete from executions where id in (
    select old.id from looked j
     cross join lateral (
       select e.id from executions e where e.job_id >= j.id and e.job_id <= j.id
        order by e.job_id desc, e.id desc offset greatest($1::bigint - 1, 0) limit 1) edge
     cross join lateral (
       select e.id from executions e
        where e.job_id >= j.id and (e.job_id, e.id) < (j.id, edge.id)
          and e.status not in ('pending', 'running')
        order by e.job_id, e.id limit $2) old
     limit $2) returning id)
select (select count(*) from gone) as deleted, (select count(*) from looked) as looked,
       (select max(id) from looked) as last`;
