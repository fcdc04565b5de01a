import { jobKey } from "../model/job.ts";
import type { Change } from "../plan/plan.ts";
import type { Transaction } from "./connection.ts";

/**
 * Gives renamed jobs their new names, before anything else of them is written, so that their rows,
 * ids and history go on. A removed job that had such a name keeps its own row and history, but the
 * name is not its own any more: nobody can revive it. Executions are not written: they are their
 * job's by its id, and there may be millions of them.
 */
export async function renameJobs(tx: Transaction, changes: readonly Change[]): Promise<void> {
  const renamed = changes.flatMap(({ jobId, name, renamedFrom }) =>
    jobId === null || renamedFrom === null
      ? []
      : [{ id: jobId, name, key: jobKey(name), former: jobKey(renamedFrom) }],
  );
  if (renamed.length === 0) return;
  const names = JSON.stringify(renamed);
  await tx.query(
    `update scheduled_jobs j
        set job_name = j.job_name || ' (removed ' || right(j.id, 12) || ')'
       from jsonb_to_recordset($1::text::jsonb) as r(key text)
      where j.name_key = r.key and j.removed_at is not null`,
    [names],
  );
  await tx.query(
    `update scheduled_jobs j
        set job_name = r.name,
            former_names = array_append(array_remove(array_remove(j.former_names, r.key), r.former),
                                        r.former)
       from jsonb_to_recordset($1::text::jsonb) as r(id text, name text, key text, former text)
      where j.id = r.id`,
    [names],
  );
}
