import type { ExecutionStatus } from "../model/execution.ts";
import { statesOf } from "../model/execution.ts";
import type { RecordedChange } from "../plan/compose.ts";
import type { Database } from "./connection.ts";
import type { RevisionFacts } from "./revisions.ts";
import { REVISION_FACTS } from "./revisions.ts";

/** One revision that changed a job, and the runs that the job had under it. */
export interface JobRevision extends JobRuns {
  /** Null for runs that were made by hand before any revision declared the job. */
  revision: RevisionFacts | null;
  /** What it did to the job; null where it was applied before changes were kept. */
  change: RecordedChange | null;
  /** Until another revision changed the job; null for the last one. */
  until: Date | null;
}

/** Runs that retention has kept. */
export interface JobRuns {
  runs: number;
  failed: number;
  lastStatus: ExecutionStatus | null;
  /** The number of the code's version; null for a job without code. */
  version: string | null;
}

/** The revisions that changed a job, with the runs under each, the newest first. */
export async function readJobRevisions(db: Database, jobId: string): Promise<JobRevision[]> {
  const runs = await readRuns(db, jobId);
  const ids = [...runs.keys()].flatMap((id) => (id === null ? [] : [id]));
  const revisions = await readRevisions(db, { jobId, ids });
  const versions = await readVersions(db, jobId);
  let version: string | null = null;
  const found = revisions.map(({ change, ...revision }, index): JobRevision => {
    const had = runs.get(revision.id) ?? NO_RUNS;
    // A revision without runs of its own goes on with the code of the one before.
    const code = change?.code?.after;
    version = had.version ?? (code ? (versions.get(code) ?? null) : version);
    const until = revisions[index + 1]?.appliedAt ?? null;
    return { revision, change, until, ...had, version };
  });
  const byHand = runs.get(null);
  if (byHand !== undefined) {
    const until = revisions[0]?.appliedAt ?? null;
    found.unshift({ revision: null, change: null, until, ...byHand });
  }
  return found.reverse();
}

const NO_RUNS: JobRuns = { runs: 0, failed: 0, lastStatus: null, version: null };

async function readRuns(db: Database, jobId: string): Promise<Map<number | null, JobRuns>> {
  const rows = await db.query<JobRuns & { id: number | null }>(
    `select e.revision_id as id, count(*) as runs,
            count(*) filter (where e.status = any ($2::text[])) as failed,
            (array_agg(e.status order by e.id desc))[1] as "lastStatus",
            (array_agg(v.number order by e.id desc))[1] as version
       from executions e left join job_versions v on v.id = e.version_id
      where e.job_id = $1 and e.status <> 'skipped'
      group by e.revision_id`,
    [jobId, statesOf("failed")],
    { idempotent: true },
  );
  return new Map(rows.map(({ id, ...runs }) => [id, runs]));
}

/** The oldest first: those that say they changed the job, and those that it ran under. */
async function readRevisions(
  db: Database,
  { jobId, ids }: { jobId: string; ids: number[] },
): Promise<(RevisionFacts & { change: RecordedChange | null })[]> {
  return db.query(
    `select ${REVISION_FACTS},
            (select c from jsonb_array_elements(changes) c where c ->> 'jobId' = $1 limit 1)
              as change
       from config_revisions
      where changes @> jsonb_build_array(jsonb_build_object('jobId', $1::text))
         or id = any ($2::bigint[])
         or id in (select revision_id from scheduled_jobs where id = $1
                   union select revision_id from job_versions where job_id = $1)
      order by id`,
    [jobId, ids],
    { idempotent: true },
  );
}

/** sha256 → number. */
async function readVersions(db: Database, jobId: string): Promise<Map<string, string>> {
  const rows = await db.query<{ sha256: string; number: string }>(
    "select sha256, number from job_versions where job_id = $1",
    [jobId],
    { idempotent: true },
  );
  return new Map(rows.map(({ sha256, number }) => [sha256, number]));
}
