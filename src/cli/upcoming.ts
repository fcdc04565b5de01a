import { upcomingOccurrences } from "../schedule/next.ts";
import { describeSchedule } from "../schedule/words.ts";
import type { ScheduledJob } from "../store/jobs.ts";
import type { UpcomingRun } from "../views/upcoming.ts";
import { zoneOf } from "./job-items.ts";

/**
 * The next `limit` occurrences of registered jobs, at most `perJob` of each: the persisted ones, and
 * what follows from them.
 */
export function upcomingRuns(
  jobs: readonly ScheduledJob[],
  options: { limit: number; perJob?: number; projectZone: string },
): UpcomingRun[] {
  const { limit, perJob = limit, projectZone } = options;
  const runs = jobs.flatMap((job) =>
    nextInstants(job, perJob).map((instant): UpcomingRun => ({
      job_name: job.jobName,
      at: new Date(instant).toISOString(),
      timezone: zoneOf(job.spec, projectZone),
      schedule: job.schedule,
      schedule_human: describeSchedule(job.spec.schedule),
    })),
  );
  return runs.sort((a, b) => (a.at < b.at ? -1 : 1)).slice(0, limit);
}

function nextInstants({ spec, anchor, nextRun }: ScheduledJob, count: number): number[] {
  if (nextRun === null || spec.schedule === null) return [];
  const afterMs = nextRun.getTime() - 1;
  return upcomingOccurrences(spec.schedule, { anchorMs: anchor.getTime(), afterMs, count });
}
