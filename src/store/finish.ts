import type { AttemptOutcome } from "../model/execution.ts";
import { json } from "./connection.ts";
import type { Database } from "./connection.ts";

/** The end of an execution, as its owner reports it. */
export interface FinishedAttempt {
  id: string;
  fence: number;
  outcome: AttemptOutcome;
}

/**
 * The one way to a final status for an execution that was claimed. Guarded by the fence, so that it
 * is safe to repeat and that a node which lost the row writes nothing. Returns the ids that stand
 * recorded as given, by this call or by one whose answer was lost. The jobs' `last_*` and `run_count`
 * move in the same statement, last and in id order.
 */
export async function finishExecutions(
  db: Database,
  finished: FinishedAttempt[],
  options: { deadlineMs?: number } = {},
): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>(
    FINISH,
    [json(finished.map(({ id, fence, outcome }) => ({ id, fence, ...outcome })))],
    { ...options, idempotent: true },
  );
  return new Set(rows.map((row) => row.id));
}

const FINISH = `
with done as (
  select * from jsonb_to_recordset($1::text::jsonb) as d(id text, fence bigint, status text,
    reason text, message text, error text, result jsonb, "itemsProcessed" bigint,
    "itemsFailed" bigint, "exitCode" integer, signal text)),
ended as (
  update executions e
     set status = d.status, reason = d.reason, message = d.message, error = d.error,
         result = d.result, items_processed = d."itemsProcessed", items_failed = d."itemsFailed",
         exit_code = d."exitCode", signal = d.signal, holds_key = false,
         finished_at = clock_timestamp(),
         duration_ms = extract(epoch from clock_timestamp() - e.started_at) * 1000
    from done d
   where e.id = d.id and e.fence = d.fence and e.status = 'running'
  returning e.id, e.job_id, e.status, e.error, e.started_at),
latest as (
  select distinct on (job_id) job_id, status, error, started_at,
         count(*) over (partition by job_id) as runs
    from ended where started_at is not null
   order by job_id, started_at desc),
locked as (
  select j.id from scheduled_jobs j join latest l on l.job_id = j.id order by j.id for update of j),
counted as (
  update scheduled_jobs j
     set last_run = greatest(j.last_run, l.started_at), run_count = j.run_count + l.runs,
         last_status = case when l.status = 'success' then 'success' else 'failed' end,
         last_error = case when l.status = 'success' then null
                           else coalesce(l.error, l.status) end,
         updated_at = clock_timestamp()
    from latest l join locked k on k.id = l.job_id
   where j.id = l.job_id)
select id from ended
union
select e.id from executions e join done d on d.id = e.id
 where e.fence = d.fence and e.status = d.status and e.reason is not distinct from d.reason`;
