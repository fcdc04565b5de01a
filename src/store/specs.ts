import type { JobSpec } from "../model/job.ts";
import type { Database } from "./connection.ts";

/** The specs with these hashes; a job that was removed still has its last one. */
export async function readSpecsByHash(
  db: Database,
  hashes: readonly string[],
): Promise<Map<string, JobSpec>> {
  const rows = await db.query<{ spec_hash: string; spec: JobSpec }>(
    `select distinct on (spec_hash) spec_hash, spec from scheduled_jobs
      where spec_hash = any ($1::text[])`,
    [hashes],
    { idempotent: true },
  );
  return new Map(rows.map((row) => [row.spec_hash, row.spec]));
}

/** The same by the ids of the jobs, which is quick however many there are: what they are now. */
export async function readSpecsOfJobs(
  db: Database,
  jobIds: readonly string[],
): Promise<Map<string, JobSpec>> {
  const rows = await db.query<{ spec_hash: string; spec: JobSpec }>(
    "select spec_hash, spec from scheduled_jobs where id = any ($1::text[])",
    [jobIds],
    { idempotent: true },
  );
  return new Map(rows.map((row) => [row.spec_hash, row.spec]));
}
