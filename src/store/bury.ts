import type { ReasonCode } from "../model/execution.ts";
import type { Database } from "./connection.ts";
import { JOB_NAME } from "./executions.ts";

/**
 * Declares a node dead and releases its rows in one transaction: what had not started goes back to
 * pending, what had is abandoned. With `onlyExpired`, a node that renewed in the meantime is left
 * alone. Returns the abandoned executions.
 */
export async function buryNode(
  db: Database,
  nodeId: string,
  options: { reason: ReasonCode; onlyExpired: boolean },
): Promise<{ id: string; jobName: string }[]> {
  return db.transaction(
    async (tx) => {
      const dead = await tx.query(
        `update nodes set state = 'dead', stopped_at = clock_timestamp()
          where id = $1 and state in ('live', 'draining')
            and (not $2 or lease_until < clock_timestamp()) returning id`,
        [nodeId, options.onlyExpired],
      );
      if (dead.length === 0) return [];
      await tx.query(
        `update executions set status = 'pending', node_id = null, fence = null
          where node_id = $1 and status = 'running' and started_at is null`,
        [nodeId],
      );
      return tx.query<{ id: string; jobName: string }>(ABANDON, [nodeId, options.reason]);
    },
    { idempotent: true },
  );
}

const ABANDON = `
with ended as (
  update executions
     set status = 'abandoned', reason = $2, holds_key = false, finished_at = clock_timestamp(),
         duration_ms = extract(epoch from clock_timestamp() - started_at) * 1000
   where node_id = $1 and status = 'running'
  returning id, job_id, job_name, started_at),
latest as (
  select job_id, max(started_at) as started_at, count(*) as runs from ended group by job_id),
locked as (
  select j.id from scheduled_jobs j join latest l on l.job_id = j.id order by j.id for update of j),
counted as (
  update scheduled_jobs j
     set last_run = greatest(j.last_run, l.started_at), run_count = j.run_count + l.runs,
         last_status = 'failed', last_error = 'abandoned: ' || $2, updated_at = clock_timestamp()
    from latest l join locked k on k.id = l.job_id where j.id = l.job_id)
select id, ${JOB_NAME} as "jobName" from ended e order by id`;
