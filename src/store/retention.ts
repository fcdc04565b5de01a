import type { RetentionSettings } from "../model/job.ts";
import { LOG_LEVELS } from "../model/execution.ts";
import { ageOfLevel } from "../model/log-age.ts";
import type { Database } from "./connection.ts";
import type { PrunedUntil } from "./log-retention.ts";
import { pruneLogs } from "./log-retention.ts";
import { ordinalOf } from "./versions.ts";

/** How many rows one pruning step deletes: small, so that it holds no lock for long. */
const BATCH = 1_000;

/** How many rows were deleted. */
export interface Pruned {
  executions: number;
  logs: number;
  versions: number;
  /** What was told, or given up: its lines in the log go at the same time. */
  notices: number;
  /** What was decided about jobs, but for what was still in force when the oldest record was made. */
  decisions: number;
  /** Lives of nodes that are over, longer ago than the oldest record of theirs. */
  nodes: number;
}

/**
 * Deletes what retention no longer keeps, in small batches, until nothing is left to prune or
 * `signal` says stop. What an open run needs is never touched. `until` is what the process remembers of
 * the log between two prunings.
 */
export async function pruneHistory(
  db: Database,
  retention: RetentionSettings,
  { signal, until }: { signal: AbortSignal; until?: PrunedUntil },
): Promise<Pruned> {
  const { logAgeMs: age } = retention;
  const noticeAgeMs = Math.max(...LOG_LEVELS.map((level) => ageOfLevel(age, level)));
  await db.query(FOLD_COUNTS, [], { idempotent: true });
  const isOver = (): boolean => signal.aborted;
  const logs = { age, isOver, ...(until === undefined ? {} : { until }) };
  const versions = await prune(db, SURPLUS_VERSIONS, [retention.versionsPerJob], signal);
  if (versions > 0) await prune(db, UNUSED_CODE, [], signal);
  return {
    versions,
    executions:
      (await prune(db, OLD_EXECUTIONS, [retention.executionAgeMs], signal)) +
      (await prune(db, SURPLUS_EXECUTIONS, [retention.executionsPerJob], signal)),
    logs: (await pruneLogs(db, logs)).deleted,
    notices: await prune(db, OLD_NOTICES, [noticeAgeMs], signal),
    decisions: await prune(db, OLD_DECISIONS, [retention.executionAgeMs], signal),
    nodes: await prune(db, OLD_NODES, [retention.executionAgeMs], signal),
  };
}

async function prune(
  db: Database,
  statement: string,
  parameters: number[],
  signal: AbortSignal,
): Promise<number> {
  let deleted = 0;
  while (!signal.aborted) {
    const [row] = await db.query<{ deleted: number }>(statement, [...parameters, BATCH], {
      idempotent: true,
    });
    deleted += row?.deleted ?? 0;
    if ((row?.deleted ?? 0) < BATCH) break;
  }
  return deleted;
}

// Ids rise with time, so the first rows are the oldest: where nothing is old, only a batch of them
// is read, not the whole history. Open ones are left out first, lest they fill the batch.
const OLD_EXECUTIONS = `
with oldest as materialized (
  select id, finished_at from executions where status not in ('pending', 'running')
   order by id limit $2),
gone as (
  delete from executions where id in (
    select id from oldest
     where finished_at < clock_timestamp() - $1::float8 * interval '1 ms') returning id)
select count(*) as deleted from gone`;

// The edge is the last row that a job may keep; the index alone finds it. Both are asked for by ranges
// of which only the index of the jobs and their rows has the order: where few jobs have long histories,
// the planner would else take that of all rows, and read what other jobs have there.
export const SURPLUS_EXECUTIONS: string = `
with gone as (
  delete from executions where id in (
    select old.id from scheduled_jobs j
     cross join lateral (
       select e.id from executions e where e.job_id >= j.id and e.job_id <= j.id
        order by e.job_id desc, e.id desc offset greatest($1::bigint - 1, 0) limit 1) edge
     cross join lateral (
       select e.id from executions e
        where e.job_id >= j.id and (e.job_id, e.id) < (j.id, edge.id)
          and e.status not in ('pending', 'running')
        order by e.job_id, e.id limit $2) old
     limit $2) returning id)
select count(*) as deleted from gone`;

// Two that do this at once add up different rows, and none is lost or counted twice.
const FOLD_COUNTS = `
with gone as (
  delete from execution_counts
   where (select count(*) from (select from execution_counts limit 100) several) = 100
  returning status, change)
insert into execution_counts select status, sum(change) from gone group by status`;

const OLD_NOTICES = `
with gone as (
  delete from outbox where id in (
    select id from outbox
     where coalesce(sent_at, failed_at) < clock_timestamp() - $1::float8 * interval '1 ms'
     limit $2) returning id)
select count(*) as deleted from gone`;

const OLD_NODES = `
with gone as (
  delete from nodes where id in (
    select id from nodes
     where state in ('stopped', 'dead')
       and stopped_at < clock_timestamp() - $1::float8 * interval '1 ms'
     limit $2) returning id)
select count(*) as deleted from gone`;

// The last one before the edge says by which schedule the oldest executions were due.
const OLD_DECISIONS = `
with edge as materialized (
  select clock_timestamp() - $1::float8 * interval '1 ms' as at),
gone as (
  delete from job_events where id in (
    select e.id from job_events e
     where e.at < (select at from edge)
       and exists (select from job_events later
                    where later.job_id = e.job_id and later.at < (select at from edge)
                      and (later.at, later.id) > (e.at, e.id))
     order by e.id limit $2) returning id)
select count(*) as deleted from gone`;

// A version in force, or one that an open execution holds, stays whatever its age; and the one with the
// greatest number, by which the next is numbered.
const SURPLUS_VERSIONS = `
with ranked as (
  select v.id, row_number() over (partition by v.job_id order by v.created_at desc) as rank,
         ${ordinalOf("v")} = max(${ordinalOf("v")}) over (partition by v.job_id) as greatest
    from job_versions v),
gone as (
  delete from job_versions where id in (
    select r.id from ranked r
     where r.rank > $1 and not r.greatest
       and not exists (select 1 from scheduled_jobs j where j.version_id = r.id)
       and not exists (select 1 from executions e
                        where e.version_id = r.id and e.status = 'pending')
       and not exists (select 1 from executions e
                        where e.version_id = r.id and e.status = 'running')
     limit $2) returning id)
select count(*) as deleted from gone`;

const UNUSED_CODE = `
with gone as (
  delete from job_code where sha256 in (
    select c.sha256 from job_code c
     where not exists (select 1 from job_versions v where v.sha256 = c.sha256) limit $1)
  returning sha256)
select count(*) as deleted from gone`;
