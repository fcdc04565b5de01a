import type { JobSpec } from "../model/job.ts";
import type { Database, Transaction } from "./connection.ts";
import { nextRunAfter, startClocks } from "./job-clock.ts";

const PAGE = 1_000;
const KEY = "zone_data";

/** A job whose next run is at another time by the rules of now. */
export interface MovedRun {
  jobName: string;
  from: Date;
  to: Date | null;
}

/**
 * Next runs are kept, and were computed by the rules of time zones that some Node had. Where this one
 * has newer rules, of `version` such as `2026b`, they are computed anew, once. Returns those that moved.
 */
export async function followZoneData(db: Database, version: string): Promise<MovedRun[]> {
  const [known] = await db.query<{ value: string }>(READ, [KEY], { idempotent: true });
  if (known !== undefined && known.value >= version) return [];
  const moved: MovedRun[] = [];
  let after = "";
  // With nothing to compare with, what is registered is taken to be right.
  while (known !== undefined) {
    const page = await db.transaction((tx) => retimePage(tx, after));
    moved.push(...page.moved);
    if (page.last === null) break;
    after = page.last;
  }
  await db.query(WRITE, [KEY, version], { idempotent: true });
  return moved;
}

const READ = "select value from scheduler_state where key = $1";

const WRITE = `
insert into scheduler_state (key, value) values ($1, $2)
on conflict (key) do update set value = greatest(scheduler_state.value, excluded.value)`;

/** The clocks are locked, so that nobody moves them meanwhile. What is due in a moment is left alone. */
async function retimePage(
  tx: Transaction,
  after: string,
): Promise<{ moved: MovedRun[]; last: string | null }> {
  const clocks = await tx.query<{
    jobId: string;
    spec: JobSpec;
    anchor: Date;
    nextRun: Date;
    now: Date;
  }>(
    `select c.job_id as "jobId", j.spec, c.anchor, c.next_run as "nextRun",
            clock_timestamp()::timestamptz(3) as now
       from job_clock c join scheduled_jobs j on j.id = c.job_id
      where c.job_id > $1 and c.next_run > clock_timestamp() + interval '1 minute'
        and j.spec #>> '{schedule,type}' = 'cron'
      order by c.job_id limit ${PAGE} for update of c`,
    [after],
  );
  const retimed = clocks.flatMap(({ jobId, spec, anchor, nextRun, now }) => {
    const next = nextRunAfter(spec, { anchor, after: now });
    if (next?.nominal.getTime() === nextRun.getTime()) return [];
    const told: MovedRun = { jobName: spec.name, from: nextRun, to: next?.nominal ?? null };
    return [{ clock: { jobId, next, anchor }, told }];
  });
  await startClocks(
    tx,
    retimed.map(({ clock }) => clock),
  );
  const last = clocks.length === PAGE ? (clocks.at(-1)?.jobId ?? null) : null;
  return { moved: retimed.map(({ told }) => told), last };
}
