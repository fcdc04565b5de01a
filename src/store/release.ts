import type { StartedAttempt } from "./claims.ts";
import type { Database } from "./connection.ts";

/** A claim by which no code has run. */
export interface UnusedClaim {
  id: string;
  fence: number;
  /** Anything but false and null: its start was committed all the same, with the claim. */
  started: StartedAttempt | boolean | null;
}

/**
 * Gives claims back by which no code has run, for any node to take; they have used no attempt. What
 * somebody asked to cancel meanwhile ends here, and what no apply would have left waiting.
 */
export async function releaseClaims(db: Database, items: readonly UnusedClaim[]): Promise<void> {
  await db.query(
    `update executions e set ${GIVEN_BACK}
       from unnest($1::text[], $2::bigint[], $3::boolean[]) as s(id, fence, started),
            scheduled_jobs j
      where e.id = s.id and e.fence = s.fence and e.status = 'running' and j.id = e.job_id
        and (e.started_at is null or s.started)`,
    [
      items.map((item) => item.id),
      items.map((item) => item.fence),
      items.map((item) => item.started !== null && item.started !== false),
    ],
    { idempotent: true },
  );
}

const KEEPS_KEY = `(e.attempt - (e.started_at is not null)::integer > 0
    or j.spec ->> 'overlap' in ('queue_one', 'replace')
    or j.spec ->> 'overlap' = 'skip' and e.key_slots = 1 and e.exclusive_key = e.job_id)`;

/** Why a row `e` that is given back does not wait again: somebody ended it, or its job `j` rests. Else null. */
const WHY_ENDED = `case
    when e.cancel_requested_at is not null then coalesce(e.cancel_reason, 'cancel_requested')
    when j.removed_at is not null then 'removed'
    when e.trigger not in ('schedule', 'catchup') then null
    when not j.enabled then 'disabled'
    when j.paused_at is not null then 'paused' end`;

/**
 * The `set` list that turns a claimed row `e` of the job `j` of which no code has run back into a
 * pending one, or ends it. It keeps its key where it had it before the claim: as a whole under `skip`, and between
 * two attempts. Under `queue_one` and `replace` it keeps it too: its place in the line may be another's
 * by now, and two must not wait.
 */
export const GIVEN_BACK: string = `
  status = case when (${WHY_ENDED}) is null then 'pending' else 'cancelled' end,
  reason = coalesce(${WHY_ENDED}, e.reason),
  finished_at = case when (${WHY_ENDED}) is not null then clock_timestamp() end,
  node_id = null, fence = null, started_at = null,
  attempt = e.attempt - (e.started_at is not null)::integer,
  holds_key = e.holds_key and (${WHY_ENDED}) is null and ${KEEPS_KEY},
  exclusive_key = case when e.key_slots > 1 and not ${KEEPS_KEY}
                       then regexp_replace(e.exclusive_key, '#[0-9]+$', '') else e.exclusive_key end`;
