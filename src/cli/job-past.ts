import { SchedulerError, errorMessage } from "../model/errors.ts";
import { seedStatus } from "../model/execution.ts";
import { jobKey } from "../model/job.ts";
import type { Database } from "../store/connection.ts";
import type { JobRevision } from "../store/job-revisions.ts";
import { readJobRevisions } from "../store/job-revisions.ts";
import { findJobByAnyName, listJobs } from "../store/jobs.ts";
import type { JobRevisionItem } from "../views/blame.ts";
import type { CommandContext } from "./context.ts";
import { systemErrorCode } from "./exit.ts";
import { openSession } from "./session.ts";

/** What the database knows of a job. */
export interface JobPast {
  /** Null: it knows no job of that name, or was not reached. */
  jobName: string | null;
  /** The present name of a job that once had the one that was asked for. */
  renamedTo?: string;
  revisions: JobRevisionItem[] | null;
  /** Why the database could not be asked; else null. */
  note: string | null;
  /** The jobs that are registered. */
  names: string[];
  /** The project's; null where it is not known. */
  timezone: string | null;
}

/**
 * Asks the database what revisions and runs a job had, if it can be reached. `renamedFrom` is the
 * name that the file gives as its former one: until that is applied, its past stands under it.
 */
export async function readJobPast(
  context: CommandContext,
  { name, renamedFrom }: { name: string; renamedFrom: string | null },
): Promise<JobPast> {
  try {
    await using session = await openSession(context);
    const { database, settings } = session;
    const { timezone } = settings;
    const names = (await listJobs(database)).map(({ jobName }) => jobName);
    const known = { note: null, names, timezone };
    const found = await findPast(database, [name, renamedFrom]);
    if (found === null) return { jobName: null, revisions: [], ...known };
    if (found.renamedTo !== null) {
      return { jobName: null, revisions: [], ...known, renamedTo: found.renamedTo };
    }
    const revisions = (await readJobRevisions(database, found.id)).map(toItem);
    return { jobName: found.jobName, revisions, ...known };
  } catch (error) {
    if (!(error instanceof SchedulerError) && systemErrorCode(error) === null) throw error;
    const note = errorMessage(error);
    return { jobName: null, revisions: null, note, names: [], timezone: null };
  }
}

/** The first of the names that is known; `renamedTo` where it is known only as a former one. */
async function findPast(
  database: Database,
  names: readonly (string | null)[],
): Promise<{ id: string; jobName: string; renamedTo: string | null } | null> {
  for (const name of names) {
    const found = name === null ? null : await findJobByAnyName(database, name);
    if (name === null || found === null) continue;
    const same = jobKey(found.jobName) === jobKey(name);
    return { ...found, renamedTo: same ? null : found.jobName };
  }
  return null;
}

function toItem(item: JobRevision): JobRevisionItem {
  const { revision, change, until, lastStatus } = item;
  return {
    revision: revision?.id ?? null,
    action: change?.action ?? null,
    renamed_from: change?.renamedFrom ?? null,
    from: revision?.appliedAt.toISOString() ?? null,
    until: until?.toISOString() ?? null,
    applied_by: revision?.appliedBy ?? null,
    git_commit: revision?.gitCommit ?? null,
    git_author: revision?.gitAuthor ?? null,
    git_subject: revision?.gitSubject ?? null,
    git_dirty: revision?.gitDirty ?? null,
    runs: item.runs,
    failed: item.failed,
    last_status: lastStatus === null ? null : seedStatus(lastStatus),
    last_state: lastStatus,
    version: item.version,
  };
}
