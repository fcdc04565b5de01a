import { didYouMean } from "../config/suggest.ts";
import { SchedulerError } from "../model/errors.ts";
import { jobKey } from "../model/job.ts";
import { findJobByAnyName, listJobs } from "../store/jobs.ts";
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
  const renamed = await findJobByAnyName(session.database, name);
  if (renamed !== null && jobKey(renamed.jobName) !== jobKey(name)) {
    return new SchedulerError("job_not_found", `The job '${name}' was renamed`, {
      help: `it is called ${renamed.jobName} now, and has all of its history`,
    });
  }
  const registered = (await listJobs(session.database)).map((job) => job.jobName);
  const names = [...new Set([...registered, ...declared, ...available])];
  const message = `Unknown job: ${name}. Use 'jobs list' to see available jobs`;
  const help = didYouMean(name, names, "the jobs are");
  return new SchedulerError("job_not_found", message, help === null ? {} : { help });
}
