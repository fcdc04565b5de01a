import { jobKey } from "../model/job.ts";
import { listJobs } from "../store/jobs.ts";
import { zoneOf } from "./job-items.ts";
import type { Session } from "./session.ts";

/** Reads which zone each job's times are shown in; other times are shown in the project's. */
export async function readZones({
  database,
  settings,
}: Session): Promise<(jobName: string | null) => string> {
  const jobs = await listJobs(database);
  const zones = new Map(
    jobs.map((job) => [jobKey(job.jobName), zoneOf(job.spec, settings.timezone)]),
  );
  return (name) => (name === null ? undefined : zones.get(jobKey(name))) ?? settings.timezone;
}
