import { nextOccurrence } from "../schedule/next.ts";
import { findJob } from "./jobs.ts";
import type { ScheduledJob } from "./jobs.ts";
import type { Database } from "./connection.ts";
import { wakeNodes } from "./trigger.ts";

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
      const [locked] = await tx.query<{ now: Date; declared: boolean; enabled: boolean }>(
        `select clock_timestamp() as now, (spec ->> 'enabled')::boolean as declared, enabled
           from scheduled_jobs where id = $1 for update`,
        [job.id],
      );
      if (locked === undefined) return;
      const kept = locked.declared === override.enabled ? null : override;
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
        [job.id, override.enabled ? nextRunFrom(job, locked.now) : null],
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

function nextRunFrom(job: ScheduledJob, now: Date): string | null {
  if (job.spec.schedule === null) return null;
  const next = nextOccurrence(job.spec.schedule, {
    anchorMs: job.anchor.getTime(),
    afterMs: now.getTime(),
  });
  return next === null ? null : new Date(next).toISOString();
}
