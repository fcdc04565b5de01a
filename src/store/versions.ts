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
