import type { RetentionSettings } from "../model/job.ts";
import { SchedulerError, errorMessage } from "../model/errors.ts";
import { LOG_LEVELS } from "../model/execution.ts";
import { ageOfLevel } from "../model/log-age.ts";
import type { Database } from "./connection.ts";
import type { PrunedUntil } from "./log-retention.ts";
import { pruneLogs } from "./log-retention.ts";
import type { Round } from "./surplus.ts";
import { pruneSurplus } from "./surplus.ts";
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

/** What a process remembers between two prunings; without it, all is looked through. */
export interface PruneMemory {
  logs: PrunedUntil;
  round: Round;
}

/**
 * Deletes what retention no longer keeps, in small batches, until nothing is left to prune or
 * `signal` says stop. What an open run needs is never touched. What fails keeps nothing else from
 * being pruned.
 *
 * @throws SchedulerError that says what failed, when all else is done
 */
export async function pruneHistory(
  db: Database,
  retention: RetentionSettings,
  { signal, memory }: { signal: AbortSignal; memory?: PruneMemory },
): Promise<Pruned> {
  const { logAgeMs: age, executionAgeMs, executionsPerJob: perJob, versionsPerJob } = retention;
  const noticeAgeMs = Math.max(...LOG_LEVELS.map((level) => ageOfLevel(age, level)));
  const old = (statement: string, ageMs: number) => prune(db, statement, [ageMs], signal);
  const logs = { age, isOver: () => signal.aborted, ...(memory && { until: memory.logs }) };
  const steps: Step[] = [
    ["counts", null, () => foldCounts(db)],
    ["versions", "versions", () => pruneVersions(db, versionsPerJob, signal)],
    ["old executions", "executions", () => old(OLD_EXECUTIONS, executionAgeMs)],
    [
      "executions beyond per_job",
      "executions",
      () => pruneSurplus(db, { perJob, signal, round: memory?.round }),
    ],
    ["logs", "logs", async () => (await pruneLogs(db, logs)).deleted],
    ["notices", "notices", () => old(OLD_NOTICES, noticeAgeMs)],
    ["decisions", "decisions", () => old(OLD_DECISIONS, executionAgeMs)],
    ["nodes", "nodes", () => old(OLD_NODES, executionAgeMs)],
  ];
  return takeSteps(steps, signal);
}

/** What is pruned, where its rows are counted, and how. */
type Step = [what: string, kind: keyof Pruned | null, work: () => Promise<number>];

/** Takes all steps. What fails for the same reason, as all do without a database, is told as one. */
async function takeSteps(steps: readonly Step[], signal: AbortSignal): Promise<Pruned> {
  const pruned = { versions: 0, executions: 0, logs: 0, notices: 0, decisions: 0, nodes: 0 };
  const failed = new Map<string, string[]>();
  let cause: unknown;
  for (const [what, kind, work] of steps) {
    if (signal.aborted) break;
    try {
      const count = await work();
      if (kind !== null) pruned[kind] += count;
    } catch (error) {
      const reason = errorMessage(error);
      failed.set(reason, [...(failed.get(reason) ?? []), what]);
      cause ??= error;
    }
  }
  if (failed.size === 0) return pruned;
  const message = [...failed].map(([reason, names]) => `${names.join(", ")}: ${reason}`).join("; ");
  throw new SchedulerError("database_failed", message, { cause });
}

async function foldCounts(db: Database): Promise<number> {
  await db.query(FOLD_COUNTS, [], { idempotent: true });
  return 0;
}

async function pruneVersions(
  db: Database,
  versionsPerJob: number,
  signal: AbortSignal,
): Promise<number> {
  const versions = await prune(db, SURPLUS_VERSIONS, [versionsPerJob], signal);
  if (versions > 0) await prune(db, UNUSED_CODE, [], signal);
  return versions;
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
