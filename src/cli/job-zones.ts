import type { SchedulerEvent } from "../views/event.ts";
import { jobKey } from "../model/job.ts";
import type { JobSpec } from "../model/job.ts";
import { loadConfig } from "../source/load.ts";
import { zoneOf } from "./job-items.ts";

/** The zone that each job's times are shown in, kept up to date by what the scheduler applies. */
export interface JobZones {
  zoneOf: (jobName: string) => string;
  follow: (event: SchedulerEvent) => void;
}

/** Starts from the file; while that is broken, times are shown in UTC. */
export async function followZones(configFile: string): Promise<JobZones> {
  const { desired } = await loadConfig({ configFile, nowMs: Date.now(), trusted: true });
  const projectZone = desired?.settings.timezone ?? "UTC";
  const zones = new Map<string, string>();
  const learn = (spec: JobSpec): void => {
    zones.set(jobKey(spec.name), zoneOf(spec, projectZone));
  };
  for (const { spec } of desired?.jobs ?? []) learn(spec);
  return {
    zoneOf: (jobName) => zones.get(jobKey(jobName)) ?? projectZone,
    follow(event) {
      if (event.type !== "applied") return;
      for (const { after } of event.plan.changes) if (after !== null) learn(after);
    },
  };
}
