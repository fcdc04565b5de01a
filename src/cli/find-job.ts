import { didYouMean } from "../config/suggest.ts";
import { SchedulerError } from "../model/errors.ts";
import { jobKey } from "../model/job.ts";
import { readJobEvents } from "../store/job-events.ts";
import { findJobByAnyName, listJobs } from "../store/jobs.ts";
import type { LedgerJob } from "../store/ledger-job.ts";
import { findLedgerJob } from "../store/ledger-job.ts";
import type { Session } from "./session.ts";

/** The error about a job that nobody has registered, with what was probably meant. */
export async function unknownJob(session: Session, name: string): Promise<SchedulerError> {
  const { desired, available } = session.project.loaded;
  const declared = desired?.jobs.map((job) => job.spec.name) ?? [];
  if (declared.some((other) => jobKey(other) === jobKey(name))) {
    return new SchedulerError("job_not_found", `The job '${name}' is not applied yet`, {
      help: "run `cronverge apply`, or keep `cronverge up` running",
    });
  }
  const past = await findLedgerJob(session.database, name);
  if (past !== null && past.removedAt !== null) return removedJob(session, past);
  const renamed = await findJobByAnyName(session.database, name);
  if (renamed !== null && jobKey(renamed.jobName) !== jobKey(name)) {
    return renamedJob(name, renamed.jobName);
  }
  const registered = (await listJobs(session.database)).map((job) => job.jobName);
  return unknownName(name, { names: [...registered, ...declared, ...available], note: null });
}

/** The error about a job that is in the file no more: what it did is still there to be asked about. */
async function removedJob(session: Session, job: LedgerJob): Promise<SchedulerError> {
  const { id, jobName } = job;
  const events = await readJobEvents(session.database, id);
  const revision = events.findLast(({ kind }) => kind === "removed")?.revision ?? null;
  const since = revision === null ? "" : ` since revision ${revision}`;
  const message = `The job '${jobName}' is no longer declared${since}`;
  const help = `see what it did: cronverge jobs history ${jobName}; to run it again, declare and apply it`;
  return new SchedulerError("job_not_found", message, { help });
}

/** The error about a job by a name that it had once. */
export function renamedJob(name: string, newName: string): SchedulerError {
  return new SchedulerError("job_not_found", `The job '${name}' was renamed`, {
    help: `it is called ${newName} now, and has all of its history`,
  });
}

/** The error about a name that is none of `names`; `note` says why these may not be all. */
export function unknownName(
  name: string,
  { names, note }: { names: readonly string[]; note: string | null },
): SchedulerError {
  const message = `Unknown job: ${name}. Use 'jobs list' to see available jobs`;
  const meant = didYouMean(name, [...new Set(names)], "the jobs are");
  const help = note === null ? meant : `${meant ?? ""} (${note})`.trim();
  return new SchedulerError("job_not_found", message, help === null ? {} : { help });
}
