import type { JobSpec } from "../model/job.ts";
import { jobKey } from "../model/job.ts";
import type { RuntimeStatus } from "../model/service.ts";
import type { Database } from "./connection.ts";
import type { ExplainedRevision } from "./explained-row.ts";
import { EXPLAINED_REVISION } from "./explained-row.ts";

/** A job as it stands, registered or not, with what decides whether it runs. */
export interface LedgerJob {
  id: string;
  jobName: string;
  spec: JobSpec;
  enabled: boolean;
  createdAt: Date;
  /** Null while it is registered. */
  removedAt: Date | null;
  /** The one that changed it last; null: it was never declared. */
  revision: ExplainedRevision | null;
  anchor: Date;
  nextRun: Date | null;
  /** The next run with the job's part of its spread. */
  nextEffective: Date | null;
  runtimeStatus: RuntimeStatus;
  crashed: string | null;
  pausedAt: Date | null;
  consecutiveFailures: number;
  /** The server's clock at the reading. */
  now: Date;
}

/**
 * The job that is or was registered by that name, or else one that had it before a rename; null: there
 * is none.
 */
export async function findLedgerJob(db: Database, name: string): Promise<LedgerJob | null> {
  const [row] = await db.query<LedgerJob>(
    `select j.id, j.job_name as "jobName", j.spec, j.enabled,
            j.created_at as "createdAt", j.removed_at as "removedAt", ${EXPLAINED_REVISION} as revision, c.anchor, c.next_run as "nextRun",
            c.next_effective as "nextEffective", j.runtime_status as "runtimeStatus", j.crashed,
            j.paused_at as "pausedAt", j.consecutive_failures as "consecutiveFailures",
            clock_timestamp()::timestamptz(3) as now
       from scheduled_jobs j join job_clock c on c.job_id = j.id
       left join config_revisions r on r.id = j.revision_id
      where j.name_key = $1 or j.former_names @> array[$1]
      order by (j.name_key = $1) desc, j.removed_at desc limit 1`,
    [jobKey(name)],
    { idempotent: true },
  );
  return row ?? null;
}
