import type { FinalStatus, ReasonCode } from "../model/execution.ts";
import type { JobSpec } from "../model/job.ts";
import type { RuntimeStatus } from "../model/service.ts";
import { jobKey } from "../model/job.ts";
import type { Database } from "./connection.ts";

/** A row of `scheduled_jobs` with its clock: the seeds' columns and what people ask beside them. */
export interface ScheduledJob {
  id: string;
  jobName: string;
  schedule: string;
  enabled: boolean;
  lastRun: Date | null;
  nextRun: Date | null;
  lastStatus: "success" | "failed" | "running" | null;
  lastError: string | null;
  runCount: number;
  createdAt: Date;
  updatedAt: Date;
  origin: "config" | "dynamic";
  spec: JobSpec;
  runtimeStatus: RuntimeStatus;
  crashed: string | null;
  /** Since when its failures keep it from running; null: they do not. */
  pausedAt: Date | null;
  anchor: Date;
  override: { enabled: boolean; by: string; reason: string | null; at: string } | null;
  revision: number | null;
  version: string | null;
  codeSha256: string | null;
  /** Executions of the job that have not ended. */
  open: number;
}

// The open executions are counted in two selects, each of which has its small partial index: with
// one, the whole history would be read.
const JOB = `
  select j.id, j.job_name as "jobName", j.schedule, j.enabled, t.last_run as "lastRun",
         c.next_run as "nextRun", t.last_status as "lastStatus", t.last_error as "lastError",
         coalesce(t.run_count, 0) as "runCount", j.created_at as "createdAt", j.updated_at as "updatedAt",
         j.origin, j.spec, j.runtime_status as "runtimeStatus", j.crashed,
         j.paused_at as "pausedAt", c.anchor,
         case when j.override_enabled is not null then jsonb_build_object(
           'enabled', j.override_enabled, 'by', j.override_by, 'reason', j.override_reason,
           'at', j.override_at) end as override,
         j.revision_id as revision, v.number as version, v.sha256 as "codeSha256",
         coalesce(o.open, 0) as open
    from scheduled_jobs j
    join job_clock c on c.job_id = j.id
    left join job_totals t on t.job_id = j.id
    left join job_versions v on v.id = j.version_id
    left join (select job_id, count(*) as open from (
                 select job_id from executions where status = 'pending'
                 union all
                 select job_id from executions where status = 'running') e
                group by job_id) o on o.job_id = j.id
   where j.removed_at is null`;

/** All registered jobs, by name. */
export async function listJobs(db: Database): Promise<ScheduledJob[]> {
  return db.query<ScheduledJob>(`${JOB} order by j.job_name`, [], { idempotent: true });
}

/** The zones of cron schedules that are another one than the given, by the keys of their jobs. */
export async function readJobZones(db: Database, usual: string): Promise<Map<string, string>> {
  const rows = await db.query<{ key: string; zone: string }>(
    `select name_key as key, spec #>> '{schedule,timezone}' as zone
       from scheduled_jobs
      where removed_at is null and spec #>> '{schedule,type}' = 'cron'
        and spec #>> '{schedule,timezone}' <> $1`,
    [usual],
    { idempotent: true },
  );
  return new Map(rows.map(({ key, zone }) => [key, zone]));
}

/** How a job did when it last ran to an end that is its own: a run that was cancelled says nothing. */
export interface JobOutcome {
  jobId: string;
  status: Exclude<FinalStatus, "cancelled" | "skipped">;
  reason: ReasonCode | null;
  error: string | null;
}

/** Those of these jobs that have one. */
export async function readOutcomes(db: Database, jobIds: readonly string[]): Promise<JobOutcome[]> {
  if (jobIds.length === 0) return [];
  return db.query<JobOutcome>(
    `select j.id as "jobId", e.status, e.reason, e.error
       from unnest($1::text[]) as j(id)
       join lateral (
         select status, reason, error from executions
          where job_id = j.id and status in ('success', 'failed', 'timed_out', 'abandoned')
          order by id desc limit 1) e on true`,
    [jobIds],
    { idempotent: true },
  );
}

/** The job of that name, `-` and `_` being the same, or null. */
export async function findJob(db: Database, name: string): Promise<ScheduledJob | null> {
  const [row] = await db.query<ScheduledJob>(`${JOB} and j.name_key = $1`, [jobKey(name)], {
    idempotent: true,
  });
  return row ?? null;
}

/** The id of a job that is or once was registered: its history outlives its removal. */
export async function findJobId(db: Database, name: string): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(
    "select id from scheduled_jobs where name_key = $1",
    [jobKey(name)],
    { idempotent: true },
  );
  return row?.id ?? null;
}

/** The job that is or was registered by that name, or else the one that had it before a rename. */
export async function findJobByAnyName(
  db: Database,
  name: string,
): Promise<{ id: string; jobName: string } | null> {
  const [row] = await db.query<{ id: string; jobName: string }>(
    `select id, job_name as "jobName" from scheduled_jobs
      where name_key = $1 or (former_names @> array[$1] and removed_at is null)
      order by (name_key = $1) desc limit 1`,
    [jobKey(name)],
    { idempotent: true },
  );
  return row ?? null;
}
