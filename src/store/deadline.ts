import type { Database } from "./connection.ts";
import { endLineRows } from "./finish-line.ts";
import type { Ending } from "./finish.ts";
import { dismissWaiting } from "./pause.ts";
import { SETTLE } from "./settle.ts";

/** An execution whose deadline passed while it waited. */
export interface PastDeadline extends Omit<Ending, "retryAt"> {
  id: string;
  jobName: string;
  traceId: string;
  /** 0: it never started. */
  attempt: number;
}

/** What one look can end; the rest ends at the next. */
const MOST = 500;

/**
 * Ends what waited, for a slot or for its next attempt, until its deadline had passed. The log says so
 * in the words of `line`, written with the end.
 */
export async function endPastDeadline(
  db: Database,
  line: string | null = null,
): Promise<PastDeadline[]> {
  const ended = await db.query<PastDeadline>(END_PAST_DEADLINE, [MOST, line], { idempotent: true });
  const pausing = ended.filter(({ paused }) => paused !== null);
  await dismissWaiting(
    db,
    pausing.map(({ id }) => id),
  );
  return ended;
}

// Whoever holds a job may want its waiting rows, so the jobs are locked before these.
const END_PAST_DEADLINE = `
with due as materialized (
  select id, job_id from executions
   where status = 'pending' and deadline_at <= clock_timestamp()
   order by deadline_at limit $1),
jobs as materialized (
  select j.id, j.job_name from scheduled_jobs j
   where j.id in (select job_id from due) order by j.id for update of j),
picked as materialized (
  select e.id, k.job_name
    from jobs k join executions e on e.job_id = k.id
   where e.id in (select id from due) and e.status = 'pending'
     for update of e skip locked),
ended as (
  update executions e
     set status = 'timed_out', reason = 'deadline', error = e.errors -> -1 ->> 'error',
         holds_key = false, finished_at = clock_timestamp()
    from picked p where e.id = p.id
  returning e.*, p.job_name as present_name, clock_timestamp() as line_at, 'error' as line_level,
            $2::text as line),
${SETTLE},
${endLineRows("ended")}
select e.id, e.present_name as "jobName", e.trace_id as "traceId", e.attempt,
       p.crashed as paused, exists (select from told) as told
  from ended e left join paused p on p.bad_id = e.id`;
