import { upcomingOccurrences } from "../schedule/next.ts";
import { effectiveMs, spreadOffsetMs } from "../schedule/spread.ts";
import { describeSchedule } from "../schedule/words.ts";
import type { ScheduledJob } from "../store/jobs.ts";
import type { UpcomingRun } from "../views/upcoming.ts";
import { zoneOf } from "./job-items.ts";

/**
 * The next `limit` occurrences of registered jobs, at most `perJob` of each: the persisted ones, and
 * what follows from them. No job gets more than its share while others have fewer: one that is due
 * each second would hide them all.
 */
export function upcomingRuns(
  jobs: readonly ScheduledJob[],
  options: { limit: number; perJob?: number; projectZone: string },
): UpcomingRun[] {
  const { limit, perJob = limit, projectZone } = options;
  const instants = jobs.map((job) => ({ job, next: nextInstants(job, perJob) }));
  const most = fairShare(
    instants.map(({ next }) => next.length),
    limit,
  );
  const runs = instants.flatMap(({ job, next }) =>
    next.slice(0, most).map(({ dueMs, startsMs }): UpcomingRun => ({
      job_name: job.jobName,
      at: new Date(dueMs).toISOString(),
      starts_at: new Date(startsMs).toISOString(),
      timezone: zoneOf(job.spec, projectZone),
      schedule: job.schedule,
      schedule_human: describeSchedule(job.spec.schedule),
    })),
  );
  return runs.sort((a, b) => (a.at < b.at ? -1 : 1)).slice(0, limit);
}

/** How many each may have at most, where all together may have about `limit`. */
function fairShare(counts: readonly number[], limit: number): number {
  let share = 1;
  while (share < limit && sum(counts.map((count) => Math.min(count, share))) < limit) share += 1;
  return share;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function nextInstants(
  { spec, anchor, nextRun }: ScheduledJob,
  count: number,
): { dueMs: number; startsMs: number }[] {
  const { schedule } = spec;
  if (nextRun === null || schedule === null) return [];
  const anchorMs = anchor.getTime();
  const offsetMs = spreadOffsetMs(spec.name, spec.spreadMs);
  const afterMs = nextRun.getTime() - 1;
  return upcomingOccurrences(schedule, { anchorMs, afterMs, count }).map((nominalMs) => ({
    dueMs: nominalMs,
    startsMs: effectiveMs(schedule, { anchorMs, nominalMs, offsetMs }),
  }));
}
