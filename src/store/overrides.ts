import type { JobSpec } from "../model/job.ts";
import { nextOccurrence } from "../schedule/next.ts";
import { findJob } from "./jobs.ts";
import type { ScheduledJob } from "./jobs.ts";
import type { Database } from "./connection.ts";
import { wakeNodes } from "./trigger.ts";

/** What a person wants of a job, against the file. */
export interface Override {
  enabled: boolean;
  by: string;
  reason: string | null;
}

/**
 * Enables or disables a job against the file, until the override is taken back. One that equals
 * the file is not kept. A job that becomes enabled has no past: it starts from now. Waiting runs of
 * a job that becomes disabled are cancelled; running ones finish. Null: no such job.
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
        `select clock_timestamp() as now, j.spec, j.enabled, c.anchor
           from scheduled_jobs j join job_clock c on c.job_id = j.id
          where j.id = $1 and j.removed_at is null for update of j`,
        [job.id],
      );
      if (locked === undefined) return;
      const kept = locked.spec.enabled === override.enabled ? null : override;
      await tx.query(
        `update scheduled_jobs
            set enabled = $2, override_enabled = $3, override_by = $4, override_reason = $5,
                override_at = case when $3::boolean is not null then clock_timestamp() end,
                updated_at = clock_timestamp()
          where id = $1`,
        [job.id, override.enabled, kept?.enabled ?? null, kept?.by ?? null, kept?.reason ?? null],
      );
      if (locked.enabled === override.enabled) return;
      await tx.query(
        `update job_clock set next_run = $2::timestamptz, next_effective = $2::timestamptz,
                generation = generation + 1 where job_id = $1`,
        [job.id, override.enabled ? nextRunFrom(locked) : null],
      );
      if (override.enabled) return;
      await tx.query(
        `update executions set status = 'cancelled', reason = 'disabled', holds_key = false,
                finished_at = clock_timestamp()
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
  now: Date;
  spec: JobSpec;
  enabled: boolean;
  anchor: Date;
}

function nextRunFrom({ spec, anchor, now }: LockedJob): string | null {
  if (spec.schedule === null) return null;
  const next = nextOccurrence(spec.schedule, {
    anchorMs: anchor.getTime(),
    afterMs: now.getTime(),
  });
  return next === null ? null : new Date(next).toISOString();
}
