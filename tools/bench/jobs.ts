import type { Database } from "../../src/store/connection.ts";
import type { JobSpec } from "../../src/model/job.ts";
import { applyJobs, commandJob } from "../../test/helpers/desired.ts";

/** Most of a day: times from an hour after `fromMs` on, so that none comes while something is measured. */
const MINUTES = 22 * 60;

/**
 * Jobs that do nothing, in the scheduler's own process, at `MINUTES` different times of the day: what
 * is measured is the road that an execution takes, and not what it does.
 */
export function noopJobs(count: number, fromMs: number, given: Partial<JobSpec> = {}): JobSpec[] {
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(fromMs + (60 + (index % MINUTES)) * 60_000);
    const expression = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
    return commandJob(`noop-${index}`, {
      schedule: { type: "cron", expression, timezone: "UTC" },
      // Run by the table of built-in jobs that the measured process is given.
      run: { type: "builtin", builtin: "log-cleanup" },
      ...given,
    });
  });
}

/** Registers jobs as an apply does; none is due before `makeDue`. */
export async function registerJobs(database: Database, specs: JobSpec[]): Promise<void> {
  await applyJobs(database, specs, { configHash: `bench ${specs.length}`, allowPrune: true });
}

/** Makes the first `count` jobs due at the server's time plus `inMs`; returns that instant. */
export async function makeDue(
  database: Database,
  { count, inMs }: { count: number; inMs: number },
): Promise<Date> {
  const rows = await database.query<{ at: Date }>(
    `with at as materialized (
       select (clock_timestamp() + $2::float8 * interval '1 ms')::timestamptz(3) as at)
     update job_clock set next_run = at.at, next_effective = at.at
       from at where job_id in (select job_id from job_clock order by job_id limit $1)
     returning at.at`,
    [count, inMs],
  );
  const [first] = rows;
  if (first === undefined || rows.length !== count) throw new Error(`there are no ${count} jobs`);
  return first.at;
}
