import type { JobSpec } from "../model/job.ts";
import { json, type Database } from "./connection.ts";
import { nextRunAfter } from "./job-clock.ts";

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
 * has newer rules, of `version` such as `2026b`, they are computed anew. Returns those that moved.
 */
export async function followZoneData(db: Database, version: string): Promise<MovedRun[]> {
  const [known] = await db.query<{ value: string }>(READ, [KEY], { idempotent: true });
  // The same version looks again: a node with older rules may have moved clocks since.
  if (known !== undefined && known.value > version) return [];
  const moved: MovedRun[] = [];
  let after = "";
  // With nothing to compare with, what is registered is taken to be right.
  while (known !== undefined) {
    const page = await retimePage(db, after);
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

interface ReadClock {
  jobId: string;
  spec: JobSpec;
  anchor: Date;
  nextRun: Date;
  generation: number;
  now: Date;
}

/** One page of jobs, computed without a lock. What is due in a moment is left alone. */
async function retimePage(
  db: Database,
  after: string,
): Promise<{ moved: MovedRun[]; last: string | null }> {
  const clocks = await db.query<ReadClock>(
    `select c.job_id as "jobId", j.spec, c.anchor, c.next_run as "nextRun", c.generation,
            clock_timestamp()::timestamptz(3) as now
       from job_clock c join scheduled_jobs j on j.id = c.job_id
      where c.job_id > $1 and c.next_run > clock_timestamp() + interval '1 minute'
        and j.spec #>> '{schedule,type}' = 'cron'
      order by c.job_id limit ${PAGE}`,
    [after],
    { idempotent: true },
  );
  const retimed = clocks.flatMap(({ jobId, spec, anchor, nextRun, generation, now }) => {
    const next = nextRunAfter(spec, { anchor, after: now });
    if (next?.nominal.getTime() === nextRun.getTime()) return [];
    return [{ jobId, name: spec.name, from: nextRun, generation, ...next }];
  });
  const last = clocks.length === PAGE ? (clocks.at(-1)?.jobId ?? null) : null;
  return {
    moved: retimed.length === 0 ? [] : await db.query<MovedRun>(MOVE, [json(retimed)]),
    last,
  };
}

// As the clock does: whoever changed or moved one meanwhile was right.
const MOVE = `
update job_clock c
   set next_run = r.nominal, next_effective = r.effective, generation = c.generation + 1
  from jsonb_to_recordset($1::text::jsonb) as r("jobId" text, name text, "from" timestamptz,
         generation bigint, nominal timestamptz, effective timestamptz)
 where c.job_id = r."jobId" and c.next_run = r."from" and c.generation = r.generation
returning r.name as "jobName", r."from", r.nominal as "to"`;
