import { cancelWaiting } from "./cancelling.ts";

/** The final states that count as a failure of the job. */
const FAILED = "('failed', 'timed_out', 'abandoned')";

/**
 * Whether `on_failure` is told of the end of an `e`. What a stop of the scheduler cut is no failure of its
 * job, but its work is not done either, and nobody asked for that.
 */
const UNDONE = `(e.status in ${FAILED} or e.status = 'cancelled' and e.reason = 'shutdown')`;

/**
 * What the payload of an outbox row says of an execution `e`, whose job has the name `name`. Shared
 * by all that is told, so that a hook finds the same fields whatever happened.
 */
export function hookPayload(given: { kind: string; name: string }): string {
  return `jsonb_build_object('event', ${given.kind}, 'job', ${given.name}, 'execution_id', e.id,
    'status', e.status, 'reason', e.reason, 'error', e.error, 'trigger', e.trigger,
    'scheduled_for', e.scheduled_for, 'due_at', e.due_at, 'started_at', e.started_at,
    'finished_at', e.finished_at, 'attempt', e.attempt, 'max_attempts', e.max_attempts,
    'node_id', e.node_id)`;
}

/** Adds to the totals of jobs: `rows` has the id, the last start, status and error, and the runs. */
export function addTotals(rows: string): string {
  return `
  insert into job_totals as t (job_id, last_run, last_status, last_error, run_count)
  ${rows}
  on conflict (job_id) do update
    set last_run = greatest(t.last_run, excluded.last_run), last_status = excluded.last_status,
        last_error = excluded.last_error, run_count = t.run_count + excluded.run_count`;
}

/**
 * What the end of executions means for their jobs: the common tail of every statement that ends
 * some, which has them as the rows of its `ended`. In one statement with the end, so that a crash
 * leaves no end uncounted and no failure untold. It yields `paused` (bad_id, crashed), one row per
 * job that its failures paused, and `told`, the ids of what was put into the outbox.
 *
 * The order that must hold: executions that run, then jobs in the order of their ids, then clocks,
 * then executions that wait. A backfill runs beside the schedule, so its failures do not pause it.
 */
export const SETTLE: string = `
ranked as (
  select e.id, e.job_id, e.status, e.reason, e.error, e.started_at, e.attempt,
         ${UNDONE} as undone,
         e.status = 'success' and e.trigger <> 'backfill' as good,
         e.status in ${FAILED} and e.trigger <> 'backfill' as bad,
         row_number() over (partition by e.job_id
                            order by e.started_at desc nulls last, e.id desc) as nth
    from ended e where e.attempt > 0 or e.status <> 'cancelled'),
tally as (
  select job_id, count(*) filter (where attempt > 0) as runs, max(started_at) as started_at,
         max(status) filter (where nth = 1) as status,
         max(coalesce(error, concat_ws(': ', status, reason))) filter (where nth = 1) as error,
         bool_or(undone) as undone, bool_or(good) as good,
         count(*) filter (where bad and nth < coalesce(newest_good, nth + 1)) as failures,
         max(id) filter (where nth = newest_bad) as bad_id,
         max(coalesce(error, concat_ws(': ', status, reason)))
           filter (where nth = newest_bad) as bad_error
    from (select r.*, min(nth) filter (where good) over (partition by job_id) as newest_good,
                 min(nth) filter (where bad) over (partition by job_id) as newest_bad
            from ranked r) r
   group by job_id),
locked as materialized (
  select t.*, j.job_name, j.revision_id,
         case when t.good then 0 else j.consecutive_failures end + t.failures as in_a_row,
         j.enabled and j.removed_at is null and j.paused_at is null as may_pause,
         case when t.failures > 0 then (j.spec ->> 'pauseAfterFailures')::integer end as most,
         t.undone and jsonb_typeof(j.spec -> 'onFailure') = 'object' as tells
    from tally t join scheduled_jobs j on j.id = t.job_id
   order by j.id for update of j),
judged as materialized (
  select k.*, coalesce(may_pause and in_a_row >= most, false) as pauses,
         format('paused after %s: %s',
                case in_a_row when 1 then '1 failure' else in_a_row || ' failures in a row' end,
                split_part(bad_error, E'\\n', 1)) as pause_text
    from locked k),
counted as (
  update scheduled_jobs j
     set consecutive_failures = k.in_a_row,
         paused_at = case when k.pauses then clock_timestamp() else j.paused_at end,
         runtime_status = case when k.pauses then 'crashed' else j.runtime_status end,
         crashed = case when k.pauses then k.pause_text else j.crashed end,
         updated_at = clock_timestamp()
    from judged k where j.id = k.job_id
  returning j.id as job_id, k.pauses, k.bad_id, j.crashed, j.revision_id),
summed as (${addTotals(`
  select job_id, started_at, case when status = 'success' then 'success' else 'failed' end,
         case when status <> 'success' then error end, runs
    from judged order by job_id`)}),
paused as (select * from counted where pauses),
stopped as (
  update job_clock c
     set next_run = null, next_effective = null, generation = c.generation + 1
    from paused p where exists (select from paused) and c.job_id = p.job_id
  returning c.job_id, c.anchor),
noted as (
  insert into job_events (job_id, kind, anchor, revision_id, reason)
  select p.job_id, 'paused', s.anchor, p.revision_id, p.crashed
    from paused p join stopped s on s.job_id = p.job_id),
dismissed as (
  update executions e
     set ${cancelWaiting("'paused'")}
    from stopped s
   where exists (select from paused) and e.job_id = s.job_id and e.status = 'pending'
     and e.trigger in ('schedule', 'catchup')),
told as (
  insert into outbox (id, kind, job_id, job_name, execution_id, payload)
  select e.id || ':' || what.kind, what.kind, e.job_id, k.job_name, e.id,
         ${hookPayload({ kind: "what.kind", name: "k.job_name" })}
    from ended e
    join judged k on k.job_id = e.job_id and k.tells
   cross join lateral (values ('failed', ${UNDONE}),
                              ('paused', k.pauses and e.id = k.bad_id)) as what(kind, applies)
   where exists (select from judged where tells) and what.applies
  on conflict (id) do nothing
  returning id)`;
