import type { JobSpec } from "../model/job.ts";
import { cancelWaiting } from "./cancelling.ts";
import { lockClocks, nextRunAfter, startClocks } from "./job-clock.ts";
import { serverNow } from "./queryable.ts";
import { recordJobEvents } from "./job-events.ts";
import { findJob } from "./jobs.ts";
import type { ScheduledJob } from "./jobs.ts";
import type { Database } from "./connection.ts";
import { RESUMED } from "./pause.ts";
import { wakeNodes } from "./trigger.ts";

/** What a person wants of a job, against the file. */
export interface Override {
  enabled: boolean;
  by: string;
  reason: string | null;
}

/**
 * Enables or disables a job against the file, until the override is taken back. One that equals
 * the file is not kept. A job that becomes enabled has no past: it starts from now, and so does one
 * that was paused; one that is disabled is paused no more. Waiting runs of a job that becomes
 * disabled are cancelled; running ones finish. Null: no such job.
 */
export async function overrideJob(
  db: Database,
  name: string,
  override: Override,
): Promise<ScheduledJob | null> {
  const job = await findJob(db, name);
  if (job === null) return null;
  await db.transaction(
    async (tx) => {
      // Read under the lock: an apply may have changed the schedule since the job was found.
      const [locked] = await tx.query<LockedJob>(
        `select j.spec, j.enabled, j.paused_at is not null as paused,
                c.anchor
           from scheduled_jobs j join job_clock c on c.job_id = j.id
          where j.id = $1 and j.removed_at is null for update of j`,
        [job.id],
      );
      if (locked === undefined) return;
      const kept = locked.spec.enabled === override.enabled ? null : override;
      await tx.query(
        `update scheduled_jobs
            set enabled = $2, ${RESUMED}, override_enabled = $3, override_by = $4,
                override_reason = $5,
                override_at = case when $3::boolean is not null then clock_timestamp() end,
                updated_at = clock_timestamp()
          where id = $1`,
        [job.id, override.enabled, kept?.enabled ?? null, kept?.by ?? null, kept?.reason ?? null],
      );
      if (locked.enabled === override.enabled && !locked.paused) return;
      const { spec, anchor } = locked;
      // Read when no node can record by the old state any more.
      await lockClocks(tx, [job.id]);
      const now = await serverNow(tx);
      const next = override.enabled ? nextRunAfter(spec, { anchor, after: now }) : null;
      await startClocks(tx, [{ jobId: job.id, next, anchor }]);
      const { by: doneBy, reason } = override;
      const decided = { at: now, revision: null, nodeId: null, doneBy, reason };
      await recordJobEvents(tx, { jobIds: [job.id], ...decided });
      if (override.enabled) return;
      await tx.query(
        `update executions set ${cancelWaiting("'disabled'")}
          where job_id = $1 and status = 'pending' and trigger in ('schedule', 'catchup')`,
        [job.id],
      );
    },
    { idempotent: true },
  );
  await wakeNodes(db);
  return findJob(db, name);
}

interface LockedJob {
  spec: JobSpec;
  enabled: boolean;
  paused: boolean;
  anchor: Date;
}
