import type { Database } from "./connection.ts";

/** One content of a job's code. */
export interface JobVersion {
  id: string;
  number: string;
  sha256: string;
  revision: number | null;
  gitCommit: string | null;
  createdAt: Date;
  /** The job runs it now. */
  current: boolean;
}

/** SQL of the last part of a version's number, by which versions of a job follow one another. */
export function ordinalOf(alias: string): string {
  return `split_part(${alias}.number, '.', 3)::bigint`;
}

/**
 * SQL of the number of a job's next version: one more than the greatest, which retention keeps. Whoever
 * writes it has locked the row of the job.
 */
export function nextNumber(jobId: string): string {
  return `'1.0.' || coalesce(
    (select max(${ordinalOf("v")}) + 1 from job_versions v where v.job_id = ${jobId}), 0)`;
}

/** The versions of a job that retention has kept, the newest first. */
export async function listVersions(db: Database, jobId: string): Promise<JobVersion[]> {
  return db.query<JobVersion>(
    `select v.id, v.number, v.sha256, v.revision_id as revision, r.git_commit as "gitCommit",
            v.created_at as "createdAt",
            exists (select 1 from scheduled_jobs j where j.version_id = v.id) as current
       from job_versions v left join config_revisions r on r.id = v.revision_id
      where v.job_id = $1 order by v.created_at desc, v.id desc`,
    [jobId],
    { idempotent: true },
  );
}
