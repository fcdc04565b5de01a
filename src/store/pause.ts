import type { Transaction } from "./connection.ts";
import { cancelWaiting } from "./cancelling.ts";
import type { Queryable } from "./queryable.ts";

/** The `set` list that takes the pause, and what led to it, off a row of `scheduled_jobs`. */
export const RESUMED: string = `
  runtime_status = case when paused_at is null then runtime_status else 'running' end,
  crashed = case when paused_at is null then crashed end,
  consecutive_failures = case when paused_at is null then consecutive_failures else 0 end,
  paused_at = null`;

/**
 * Those of these jobs that are paused, with the anchors of their clocks. The rows stay locked: a job
 * that is paused while it is changed would else be on no clock, and say nothing of it.
 */
export async function lockPaused(
  tx: Transaction,
  jobIds: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  if (jobIds.length === 0) return new Map();
  const rows = await tx.query<{ id: string; paused: boolean; anchor: Date }>(
    `select j.id, j.paused_at is not null as paused, c.anchor
       from scheduled_jobs j join job_clock c on c.job_id = j.id
      where j.id = any ($1::text[]) order by j.id for update of j`,
    [jobIds],
  );
  return new Map(rows.filter((row) => row.paused).map((row) => [row.id, row.anchor]));
}

/**
 * Cancels what waits of paused jobs, of which these executions are. The statement that pauses a job
 * does so with all it can see; this is for what was recorded, or began to wait again, meanwhile.
 */
export async function dismissWaiting(
  db: Queryable,
  executionIds: readonly string[],
): Promise<void> {
  if (executionIds.length === 0) return;
  await db.query(
    `update executions e
        set ${cancelWaiting("'paused'")}
      where e.job_id in (
              select j.id from executions ended join scheduled_jobs j on j.id = ended.job_id
               where ended.id = any ($1::text[]) and j.paused_at is not null)
        and e.status = 'pending' and e.trigger in ('schedule', 'catchup')`,
    [executionIds],
  );
}
