import { upcomingOccurrences } from "../schedule/next.ts";
import { effectiveMs, spreadOffsetMs } from "../schedule/spread.ts";
import { describeSchedule } from "../schedule/words.ts";
import type { ScheduledJob } from "../store/jobs.ts";
import type { UpcomingData, UpcomingRun } from "../views/upcoming.ts";
import { zoneOf } from "./job-items.ts";

/**
 * The next `limit` occurrences of registered jobs, at most `perJob` of each: the persisted ones, and
 * what follows from them. No job gets more than its share while others have fewer: one that is due
 * each second would hide them all.
 */
export function upcomingRuns(
  jobs: readonly ScheduledJob[],
  options: { limit: number; perJob?: number; projectZone: string },
): Pick<UpcomingData, "runs" | "more"> {
  const { limit, perJob = limit, projectZone } = options;
  const runs = jobs.map((job) =>
    nextInstants(job, perJob).map(({ dueMs, startsMs }): UpcomingRun => ({
      job_name: job.jobName,
      at: new Date(dueMs).toISOString(),
      starts_at: new Date(startsMs).toISOString(),
      timezone: zoneOf(job.spec, projectZone),
      schedule: job.schedule,
      schedule_human: describeSchedule(job.spec.schedule),
    })),
  );
  const shown = inOrder(fairShares(runs, limit));
  return { runs: shown, more: runs.flatMap((own) => leftOut(own, shown)) };
}

/** The name of a job of whose runs one that is not shown comes before the last that are. */
function leftOut(own: readonly UpcomingRun[], shown: readonly UpcomingRun[]): string[] {
  const missing = own.find((run) => !shown.includes(run));
  const last = shown.at(-1);
  return missing !== undefined && last !== undefined && missing.at < last.at
    ? [missing.job_name]
    : [];
}

/** The first of each, then the second of each, and so on; the soonest where not all have a place. */
function fairShares(runs: readonly UpcomingRun[][], limit: number): UpcomingRun[] {
  const shares: UpcomingRun[] = [];
  for (let nth = 0; shares.length < limit; nth += 1) {
    const next = runs.flatMap((own) => own.slice(nth, nth + 1));
    if (next.length === 0) break;
    shares.push(...inOrder(next).slice(0, limit - shares.length));
  }
  return shares;
}

function inOrder(runs: UpcomingRun[]): UpcomingRun[] {
  return runs.sort((a, b) => (a.at < b.at ? -1 : 1));
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
