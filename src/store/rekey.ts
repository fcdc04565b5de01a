import type { JobPolicies } from "../model/policy.ts";
import { admissionOf } from "./admission.ts";
import { json } from "./connection.ts";
import type { Queryable } from "./queryable.ts";

/** The policies of a job, before and after a change of it. */
export interface ChangedPolicies {
  jobId: string;
  before: JobPolicies;
  after: JobPolicies;
}

/**
 * Gives what waits of changed jobs the keys and the priority that their new policies ask for. What has
 * started keeps its key to its end, between two attempts too. It belongs into the transaction of the
 * change, after the clocks: what a clock still records by the old policies is then seen, or not
 * recorded.
 */
export async function rekeyWaiting(
  tx: Queryable,
  changed: readonly ChangedPolicies[],
): Promise<void> {
  const priorities = changed
    .filter(({ before, after }) => before.priority !== after.priority)
    .map(({ jobId, after: { priority } }) => ({ jobId, priority }));
  if (priorities.length > 0) await tx.query(REPRIORITIZE, [json(priorities)]);
  const rows = changed.flatMap(({ jobId, before, after }) => {
    const old = admissionOf(before, { jobId });
    const { exclusiveKey, keySlots } = admissionOf(after, { jobId });
    if (old.exclusiveKey === exclusiveKey && old.keySlots === keySlots) return [];
    const mutex = after.mutex !== null;
    return [{ jobId, oldKey: old.exclusiveKey, newKey: exclusiveKey, slots: keySlots, mutex }];
  });
  if (rows.length === 0) return;
  await tx.query(REKEY, [json(rows)]);
}

// A backfill goes after what is due.
const REPRIORITIZE = `
update executions e
   set priority = r.priority - case when e.trigger = 'backfill' then 1 else 0 end
  from jsonb_to_recordset($1::text::jsonb) as r("jobId" text, priority integer)
 where e.job_id = r."jobId" and e.status = 'pending'`;

// Whoever asked for a run with `--overlap` meant another policy than the job's: it is known by a key
// where the policy gave none, or by none where it gave one. A mutex leaves no such choice.
const REKEY = `
update executions e
   set exclusive_key = case
         when r.mutex or e.trigger not in ('manual', 'api')
           or (e.exclusive_key is null) = (r."oldKey" is null) then r."newKey"
         when e.exclusive_key is not null then e.job_id end,
       key_slots = r.slots, holds_key = false
  from jsonb_to_recordset($1::text::jsonb)
    as r("jobId" text, "oldKey" text, "newKey" text, slots integer, mutex boolean)
 where e.job_id = r."jobId" and e.status = 'pending' and (not e.holds_key or e.attempt = 0)`;
