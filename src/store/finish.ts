import { json } from "./connection.ts";
import type { Database, QueryOptions } from "./connection.ts";
import { endLineRows } from "./finish-line.ts";
import type { FinishedAttempt } from "./finished-attempt.ts";
import { recordSuccesses } from "./finish-success.ts";
import { dismissWaiting } from "./pause.ts";
import type { Queryable } from "./queryable.ts";
import { SETTLE } from "./settle.ts";

/** What the end of an attempt made of its execution. */
export interface Ending {
  /** When its next attempt may start, by the server's clock; null: it has ended for good. */
  retryAt: Date | null;
  /** Why its job is paused from now on; null where its end did not do that. */
  paused: string | null;
  /** Something waits in the outbox: of this execution, or of one that ended with it. */
  told: boolean;
  /** When its job is due next; null: it is not registered, or has no more. */
  nextRun: Date | null;
}

/**
 * The one way out of `running` for an execution that has started: to a final status, or back to
 * `pending`, with its key, where an attempt is left and nobody has taken the wish for it back. It is
 * guarded by the fence, so that it is safe to repeat and that a node which lost the row writes
 * nothing. Returns what stands recorded as given, by this call or by one whose answer was lost. What
 * follows for the jobs is in the same statement: `last_*`, `run_count`, a pause, what is told.
 */
export async function finishExecutions(
  db: Database,
  finished: FinishedAttempt[],
  options: Pick<QueryOptions, "deadlineMs" | "persistent"> = {},
): Promise<Map<string, Ending>> {
  return finishInside(
    {
      query: (text, parameters) => db.query(text, parameters, { ...options, idempotent: true }),
    },
    finished,
  );
}

/** The same within a transaction. */
export async function finishInside(
  db: Queryable,
  finished: FinishedAttempt[],
): Promise<Map<string, Ending>> {
  const troubled = new Set(
    finished.filter(({ outcome }) => outcome.status !== "success").map(({ jobId }) => jobId),
  );
  // The newest of several ends of a job counts, so that they are judged together.
  const good = finished.filter(({ jobId }) => !troubled.has(jobId));
  const others = finished.filter(({ jobId }) => troubled.has(jobId));
  const successes = good.length === 0 ? [] : await recordSuccesses(db, good);
  const endings = others.length === 0 ? [] : await settleAll(db, others);
  return new Map([
    ...successes.map(({ id, nextRun }): [string, Ending] => [
      id,
      { retryAt: null, paused: null, told: false, nextRun },
    ]),
    ...endings.map(({ id, ...ending }): [string, Ending] => [id, ending]),
  ]);
}

async function settleAll(
  db: Queryable,
  finished: readonly FinishedAttempt[],
): Promise<(Ending & { id: string })[]> {
  const items = finished.map(({ outcome, line, ...attempt }) => ({
    ...attempt,
    ...outcome,
    line: line?.message ?? null,
    lineAt: line?.at ?? null,
    lineLevel: line?.level ?? null,
  }));
  const rows = await db.query<Ending & { id: string }>(FINISH, [json(items)]);
  await dismissWaiting(
    db,
    rows.filter(({ paused }) => paused !== null).map(({ id }) => id),
  );
  return rows;
}

// The row is locked before it is judged, and so is its job where it may be tried again: a cancel, or
// whoever removes, disables or pauses the job, either came before and counts, or finds it waiting. A
// repeat finds what was retried by its fence among the `errors`: the row itself has another by then.
// The planner takes each step for one row, and would read whole steps for each row of another: what is
// rare is hence asked for only where there is any, and what a repeat finds only where it is one.
const FINISH = `
with done as (
  select * from jsonb_to_recordset($1::text::jsonb) as d(id text, fence bigint, status text,
    reason text, message text, error text, result jsonb, "itemsProcessed" bigint,
    "itemsFailed" bigint, "exitCode" integer, signal text, "retryAfterMs" double precision, line text,
    "lineAt" timestamptz, "lineLevel" text)),
picked as materialized (
  select d.*, e.job_id, e.trigger, e.deadline_at,
         d.status <> 'success' and e.started_at is not null and e.attempt < e.max_attempts
           and e.cancel_requested_at is null as may_retry
    from done d join executions e on e.id = d.id
   where e.fence = d.fence and e.status = 'running'
   order by e.id
     for update of e),
jobs as materialized (
  select j.id, j.enabled and j.paused_at is null as goes_on
    from scheduled_jobs j
   where exists (select from done where "retryAfterMs" is not null)
     and j.id in (select job_id from picked) and j.removed_at is null
   order by j.id
     for update of j),
decided as materialized (
  select p.*,
         case when p.may_retry and j.id is not null
                and (j.goes_on or p.trigger not in ('schedule', 'catchup'))
                and (p.deadline_at is null or p.deadline_at > next.at)
              then next.at end as retry_at
    from picked p
    left join jobs j on j.id = p.job_id
   cross join lateral (
     select (clock_timestamp() + p."retryAfterMs" * interval '1 ms')::timestamptz(3)) as next(at)),
retried as (
  update executions e
     set status = 'pending', available_at = p.retry_at, node_id = null, fence = null, pid = null,
         started_at = null,
         errors = coalesce(e.errors, '[]') || jsonb_build_object(
           'attempt', e.attempt, 'started_at', e.started_at,
           'finished_at', clock_timestamp()::timestamptz(3), 'status', p.status,
           'reason', p.reason, 'error', p.error, 'exit_code', p."exitCode", 'signal', p.signal,
           'node_id', e.node_id, 'fence', p.fence, 'retry_at', p.retry_at)
    from decided p
   where e.id = p.id and p.retry_at is not null
  returning e.id, p.retry_at),
ended as (
  update executions e
     set status = p.status, reason = ${endReason("p")}, message = p.message, error = p.error,
         result = p.result, items_processed = p."itemsProcessed", items_failed = p."itemsFailed",
         exit_code = p."exitCode", signal = p.signal, holds_key = false,
         finished_at = clock_timestamp(),
         duration_ms = extract(epoch from clock_timestamp() - e.started_at) * 1000
    from decided p
   where e.id = p.id and p.retry_at is null
  returning e.*, p."lineAt" as line_at, p."lineLevel" as line_level, p.line),
${SETTLE},
${endLineRows("ended")}
select e.id, null::timestamptz as "retryAt",
       case when exists (select from paused)
            then (select p.crashed from paused p where p.bad_id = e.id) end as paused,
       exists (select from told) as told,
       (select c.next_run from job_clock c
         where c.job_id = e.job_id and not exists (select from paused p where p.job_id = e.job_id)) as "nextRun"
  from ended e
union all
select id, retry_at, null, false, null from retried
union all
select e.id, null, null, false, (select c.next_run from job_clock c where c.job_id = e.job_id)
  from executions e join done d on d.id = e.id
 where (select count(*) from picked) < (select count(*) from done)
   and e.fence = d.fence and e.status = d.status
   and e.reason is not distinct from ${endReason("d")}
union all
select e.id, (past ->> 'retry_at')::timestamptz, null, false, null
  from executions e
  join done d on d.id = e.id
 cross join lateral jsonb_array_elements(e.errors) as past
 where (select count(*) from picked) < (select count(*) from done)
   and (past ->> 'fence')::bigint = d.fence`;

/** Who ended a run because somebody asked for it does not know why: the request says it. */
function endReason(attempt: string): string {
  return `case when ${attempt}.reason = 'cancel_requested'
              then coalesce(e.cancel_reason, ${attempt}.reason) else ${attempt}.reason end`;
}
