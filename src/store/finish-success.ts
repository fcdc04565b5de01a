import type { FinishedAttempt } from "./finished-attempt.ts";
import type { Queryable } from "./queryable.ts";
import { json } from "./connection.ts";
import { endLineRows } from "./finish-line.ts";
import { addTotals } from "./settle.ts";

/** A success as it stands recorded. */
export interface RecordedSuccess {
  id: string;
  /** When its job is due next; null: it is not registered, or has no more. */
  nextRun: Date | null;
}

/**
 * Records attempts that succeeded: the same as `finishExecutions` does, without what only a failure can
 * lead to, which is more than half of the work. Returns what stands recorded, by this call or before.
 */
export function recordSuccesses(
  db: Queryable,
  finished: readonly FinishedAttempt[],
): Promise<RecordedSuccess[]> {
  // Executions are locked in the order of their ids, by whoever locks several.
  const items = finished.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const outcomes = items.map(({ outcome }) => outcome);
  return db.query<RecordedSuccess>(RECORD, [
    items.map(({ id }) => id),
    items.map(({ fence }) => fence),
    outcomes.map(({ message }) => message),
    outcomes.map(({ result }) => (result === null ? null : json(result))),
    outcomes.map(({ itemsProcessed }) => itemsProcessed),
    outcomes.map(({ itemsFailed }) => itemsFailed),
    outcomes.map(({ exitCode }) => exitCode),
    items.map(({ line }) => line?.at ?? null),
    items.map(({ line }) => line?.level ?? null),
    items.map(({ line }) => line?.message ?? null),
  ]);
}

// The status is no plain comparison, lest the index of all that runs be read once for each row. A job is
// touched once, however many of its runs ended: in its own row only where failures came before, and then,
// as by every statement that ends runs, in its totals.
const RECORD = `
with done as (
  select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
      $7::integer[], $8::timestamptz[], $9::text[], $10::text[])
    as d(id, fence, message, result, items_processed, items_failed, exit_code, line_at,
         line_level, line)),
ended as (
  update executions e
     set status = 'success', reason = null, message = d.message, error = null,
         result = d.result::jsonb, items_processed = d.items_processed,
         items_failed = d.items_failed, exit_code = d.exit_code, signal = null, holds_key = false,
         finished_at = clock_timestamp(),
         duration_ms = extract(epoch from clock_timestamp() - e.started_at) * 1000
    from done d
   where e.id = d.id and e.fence = d.fence and e.status || '' = 'running'
  returning e.id, e.job_id, e.job_name, e.trace_id, e.started_at, e.attempt, e.trigger,
            d.line_at, d.line_level, d.line),
tally as (
  select job_id, count(*) filter (where attempt > 0) as runs, max(started_at) as started_at,
         bool_or(trigger <> 'backfill') as good
    from ended group by job_id order by job_id),
failing as materialized (
  select id from scheduled_jobs
   where consecutive_failures > 0
     and id in (select job_id from tally where good) order by id for update),
calmed as (
  update scheduled_jobs j set consecutive_failures = 0, updated_at = clock_timestamp()
    from failing f where j.id = f.id
  returning j.id),
summed as (${addTotals(`
  select job_id, started_at, 'success', null, runs from tally
   where (select count(*) from calmed) >= 0 order by job_id`)}),
${endLineRows("ended")}
select e.id, (select c.next_run from job_clock c where c.job_id = e.job_id) as "nextRun"
  from ended e
union all
select e.id, (select c.next_run from job_clock c where c.job_id = e.job_id)
  from executions e join done d on d.id = e.id
 where (select count(*) from ended) < (select count(*) from done)
   and e.fence = d.fence and e.status = 'success'`;
