import { jobKey } from "../model/job.ts";
import { readJobZones } from "../store/jobs.ts";
import type { SchedulerSettings } from "../model/job.ts";
import type { Database } from "../store/connection.ts";

/** Reads which zone each job's times are shown in; other times are shown in the project's. */
export async function readZones({
  database,
  settings,
}: {
  database: Database;
  settings: Pick<SchedulerSettings, "timezone">;
}): Promise<(jobName: string | null) => string> {
  const zones = await readJobZones(database, settings.timezone);
  return (name) => (name === null ? undefined : zones.get(jobKey(name))) ?? settings.timezone;
}
