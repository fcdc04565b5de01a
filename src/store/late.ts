import type { Database } from "./connection.ts";
import { JOB_NAME } from "./executions.ts";
import { hookPayload } from "./settle.ts";

/** An execution that had not started when it ought to have. */
export interface LateExecution {
  id: string;
  jobName: string;
  traceId: string;
  scheduledFor: Date | null;
  dueAt: Date | null;
  /** When it started after all; null: it waits still, or was recorded too late to start. */
  startedAt: Date | null;
  /** From when it was due until it started, or until now. */
  lateMs: number;
  /** How many due times of the job it stands for. */
  coversCount: number;
}

/** What one look can tell; the rest is told at the next. */
const MOST = 500;

/**
 * Finds what is late, each execution once, and puts it into the outbox where its job wants to be
 * told. Late is what waits, what started too late, and what was recorded too late to be started; a
 * row that ended for another reason without a start was decided in time.
 */
export async function takeLate(db: Database): Promise<LateExecution[]> {
  return db.query<LateExecution>(TAKE_LATE, [MOST]);
}

/** Milliseconds until the next execution is late or past its deadline; null: none has such a time. */
export async function untilNextLimit(db: Database): Promise<number | null> {
  const [row] = await db.query<{ ms: number | null }>(
    `select extract(epoch from least(
              (select min(late_at) from executions where late_at is not null),
              (select min(deadline_at) from executions
                where status = 'pending' and deadline_at is not null))
            - clock_timestamp())::double precision * 1000 as ms`,
    [],
    { idempotent: true },
  );
  return row?.ms ?? null;
}

const TAKE_LATE = `
with due as materialized (
  select e.id, e.late_at from executions e
   where e.late_at <= clock_timestamp()
   order by e.late_at limit $1
     for update skip locked),
marked as (
  update executions e set late_at = null from due d where e.id = d.id
  returning e.*, d.late_at as limit_at),
late as (
  select e.*, ${JOB_NAME} as present_name
    from marked e
   where e.status = 'pending' or e.started_at >= e.limit_at
      or (e.status = 'running' and e.started_at is null)
      or (e.status = 'skipped' and e.reason = 'missed')),
told as (
  insert into outbox (id, kind, job_id, job_name, execution_id, payload)
  select e.id || ':late', 'late', e.job_id, e.present_name, e.id,
         ${hookPayload({ kind: "'late'", name: "e.present_name" })}
    from late e join scheduled_jobs j on j.id = e.job_id
   where jsonb_typeof(j.spec -> 'onFailure') = 'object'
  on conflict (id) do nothing)
select id, present_name as "jobName", trace_id as "traceId", scheduled_for as "scheduledFor",
       due_at as "dueAt", started_at as "startedAt", covers_count as "coversCount",
       extract(epoch from coalesce(started_at, clock_timestamp())
                          - coalesce(due_at, scheduled_for, created_at))::double precision * 1000
         as "lateMs"
  from late order by limit_at, id`;
