import type { JobSchedule } from "../model/job.ts";
import type { Trigger } from "../model/execution.ts";
import type { Database } from "./connection.ts";
import { toClaimed } from "./claims.ts";
import type { Claimed, ClaimedRow } from "./claims.ts";

/** A registered job whose next run has come, as read without a lock. */
export interface DueJob {
  jobId: string;
  jobName: string;
  nextRun: Date;
  generation: number;
  anchor: Date;
  schedule: JobSchedule;
}

export interface DueReading {
  /** The server's clock at the reading; what is due is judged by it alone. */
  now: Date;
  due: DueJob[];
  /** When the next job that is not yet due will be; null when none is registered. */
  earliest: Date | null;
}

/** Reads at most `limit` due jobs, the longest due first, and the next time to look. */
export async function readDue(db: Database, options: { limit: number }): Promise<DueReading> {
  const rows = await db.query<{
    now: Date;
    earliest: Date | null;
    job_id: string | null;
    job_name: string;
    next_run: Date;
    generation: number;
    anchor: Date;
    schedule: JobSchedule;
  }>(
    `with clock as materialized (select clock_timestamp()::timestamptz(3) as now),
     due as (
       select c.job_id, j.job_name, c.next_run, c.next_effective, c.generation, c.anchor,
              j.spec -> 'schedule' as schedule
         from job_clock c join scheduled_jobs j on j.id = c.job_id
        where c.next_effective <= (select now from clock)
        order by c.next_effective limit $1)
     select clock.now, due.*,
            (select min(next_effective) from job_clock where next_effective > clock.now) as earliest
       from clock left join due on true
      order by due.next_effective`,
    [options.limit],
    { idempotent: true },
  );
  const [first] = rows;
  if (first === undefined) throw new Error("the clock query always returns a row");
  return {
    now: first.now,
    earliest: first.earliest,
    due: rows.flatMap((row) =>
      row.job_id === null
        ? []
        : [
            {
              jobId: row.job_id,
              jobName: row.job_name,
              nextRun: row.next_run,
              generation: row.generation,
              anchor: row.anchor,
              schedule: row.schedule,
            },
          ],
    ),
  };
}

/** The compare-and-move of one job: from the `next_run` and `generation` that were read. */
export interface ClockMove {
  jobId: string;
  nextRun: Date;
  generation: number;
  /** Null: the schedule has no further occurrence. */
  newNextRun: Date | null;
}

/** One occurrence, or a range of skipped ones, to be recorded. Its trace id is its own id. */
export interface OccurrenceRow {
  id: string;
  jobId: string;
  trigger: Extract<Trigger, "schedule" | "catchup">;
  scheduledFor: Date;
  coversUntil: Date | null;
  coversCount: number;
  /** `running` takes a slot of this node at once; `pending` waits for a slot of any node. */
  status: "running" | "pending" | "skipped";
}

export interface Fired {
  /** The jobs whose clock this call moved; another node or an apply was faster for the others. */
  moved: Set<string>;
  claimed: Claimed[];
}

/**
 * Moves the clocks and records the occurrences in one statement. A job whose row is locked, or whose
 * `next_run` or `generation` changed since it was read, is left alone with all its rows. An
 * occurrence that finds its exclusive key held is recorded as `skipped: overlap`. A node that was
 * declared dead claims nothing: what it wanted to run waits for another.
 */
export async function fire(
  db: Database,
  options: { moves: ClockMove[]; rows: OccurrenceRow[]; nodeId: string },
): Promise<Fired> {
  const [result] = await db.query<{ moved: string[]; claimed: ClaimedRow[] }>(FIRE, [
    JSON.stringify(options.moves),
    JSON.stringify(options.rows),
    options.nodeId,
  ]);
  return {
    moved: new Set(result?.moved),
    claimed: (result?.claimed ?? []).map(toClaimed),
  };
}

// The order that must hold: the clock rows are locked and compared before anything is inserted, so
// that of two nodes only one inserts; the overlap rows read what the first insert returned, so that
// they run after it. Nothing here depends on the order of rows within a job but `ordinal`, which
// gives the exclusive key to the earliest occurrence.
const FIRE = `
with wanted as (
  select * from jsonb_to_recordset($1::text::jsonb)
    as w("jobId" text, "nextRun" timestamptz, generation bigint, "newNextRun" timestamptz)),
owner as materialized (
  select from nodes where id = $3 and state in ('live', 'draining') for share),
locked as (
  select c.job_id from job_clock c join wanted w on w."jobId" = c.job_id
   where c.next_run = w."nextRun" and c.generation = w.generation
   order by c.job_id
     for update of c skip locked),
moved as (
  update job_clock c set next_run = w."newNextRun", next_effective = w."newNextRun"
    from wanted w join locked l on l.job_id = w."jobId"
   where c.job_id = w."jobId"
  returning c.job_id),
rows as (
  select r.id, r.job_id, r.trigger, r.scheduled_for, r.covers_until, r.covers_count, r.ordinal,
         case when r.status = 'running' and not exists (select from owner)
              then 'pending' else r.status end as status,
         j.job_name, j.version_id, j.revision_id, j.spec_hash
    from rows from (jsonb_to_recordset($2::text::jsonb)
      as (id text, "jobId" text, trigger text, "scheduledFor" timestamptz,
          "coversUntil" timestamptz, "coversCount" integer, status text))
      with ordinality
      as r(id, job_id, trigger, scheduled_for, covers_until, covers_count, status, ordinal)
    join moved m on m.job_id = r.job_id
    join scheduled_jobs j on j.id = r.job_id),
inserted as (
  insert into executions (id, job_id, job_name, version_id, revision_id, trigger, scheduled_for,
      covers_until, covers_count, available_at, status, reason, finished_at,
      fence, exclusive_key, holds_key, node_id, trace_id)
  select id, job_id, job_name, version_id, revision_id, trigger, scheduled_for,
      covers_until, covers_count, clock_timestamp(), status,
      case when status = 'skipped' then 'missed' end,
      case when status = 'skipped' then clock_timestamp() end,
      case when status = 'running' then nextval('fence_seq') end,
      job_id, status <> 'skipped',
      case when status = 'running' then $3 end, id
    from rows order by ordinal
  on conflict do nothing
  returning id, status, fence),
overlapped as (
  insert into executions (id, job_id, job_name, version_id, revision_id, trigger, scheduled_for,
      covers_until, covers_count, available_at, status, reason, finished_at, exclusive_key, trace_id)
  select r.id, r.job_id, r.job_name, r.version_id, r.revision_id, r.trigger, r.scheduled_for,
      r.covers_until, r.covers_count, clock_timestamp(), 'skipped', 'overlap', clock_timestamp(),
      r.job_id, r.id
    from rows r where not exists (select 1 from inserted i where i.id = r.id)
  on conflict do nothing)
select coalesce((select jsonb_agg(job_id) from moved), '[]') as moved,
       coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'job_id', r.job_id,
                   'job_name', r.job_name, 'version_id', r.version_id,
                   'revision_id', r.revision_id, 'spec_hash', r.spec_hash, 'trigger', r.trigger,
                   'scheduled_for', r.scheduled_for, 'parameters', null, 'triggered_by', null,
                   'fence', i.fence, 'trace_id', r.id) order by r.ordinal)
         from inserted i join rows r on r.id = i.id where i.status = 'running'), '[]') as claimed`;
