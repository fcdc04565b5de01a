import { jobKey } from "../model/job.ts";
import { readJobZones } from "../store/jobs.ts";
import type { DatabaseSession } from "./session.ts";

/** Reads which zone each job's times are shown in; other times are shown in the project's. */
export async function readZones({
  database,
  settings,
}: DatabaseSession): Promise<(jobName: string | null) => string> {
  const zones = await readJobZones(database, { besides: settings.timezone });
  return (name) => (name === null ? undefined : zones.get(jobKey(name))) ?? settings.timezone;
}

/** The zone that the times of one job are shown in, or those of all. */
export async function readZone(
  { database, settings }: DatabaseSession,
  jobName: string | null,
): Promise<string> {
  if (jobName === null) return settings.timezone;
  const zones = await readJobZones(database, { besides: settings.timezone, jobName });
  return zones.get(jobKey(jobName)) ?? settings.timezone;
}
