import type { JobSpec } from "../model/job.ts";
import { nextOccurrence } from "../schedule/next.ts";
import { effectiveMs, spreadOffsetMs } from "../schedule/spread.ts";
import { json } from "./connection.ts";
import type { Queryable } from "./queryable.ts";

/** The next run of a job: its nominal time, and when it is due by the spread of the job. */
export interface NextRun {
  nominal: Date;
  effective: Date;
}

/** The first run of the job after an instant; null: its schedule has none. */
export function nextRunAfter(
  spec: JobSpec,
  { anchor, after }: { anchor: Date; after: Date },
): NextRun | null {
  if (spec.schedule === null) return null;
  const times = { anchorMs: anchor.getTime(), afterMs: after.getTime() };
  const nominalMs = nextOccurrence(spec.schedule, times);
  return nominalMs === null ? null : nextRunAt(spec, { anchor, nominal: new Date(nominalMs) });
}

function nextRunAt(
  { name, schedule, spreadMs }: JobSpec,
  { anchor, nominal }: { anchor: Date; nominal: Date },
): NextRun {
  if (schedule === null) return { nominal, effective: nominal };
  const offsetMs = spreadOffsetMs(name, spreadMs);
  const times = { anchorMs: anchor.getTime(), nominalMs: nominal.getTime(), offsetMs };
  return { nominal, effective: new Date(effectiveMs(schedule, times)) };
}

/** A clock that starts now, or rests: of a job that is new, changed, switched or gone. */
export interface NewClock {
  jobId: string;
  /** Null: not registered, or no further run. */
  next: NextRun | null;
  anchor: Date;
}

/** Waits until nobody moves the clocks of the jobs, and keeps it so until the transaction ends. */
export async function lockClocks(tx: Queryable, jobIds: readonly string[]): Promise<void> {
  await tx.query(
    `select count(*) from (
       select from job_clock where job_id = any ($1::text[]) order by job_id for update) as locked`,
    [[...jobIds]],
  );
}

/** Starts clocks anew. The job's `enabled` column, override included, decides whether one runs. */
export async function startClocks(db: Queryable, clocks: readonly NewClock[]): Promise<void> {
  if (clocks.length === 0) return;
  const rows = clocks.map(({ jobId, next, anchor }) => ({ jobId, ...next, anchor }));
  await db.query(
    `insert into job_clock (job_id, next_run, next_effective, anchor)
     select j.id, case when j.enabled then r.nominal end, case when j.enabled then r.effective end,
            r.anchor
       from jsonb_to_recordset($1::text::jsonb)
         as r("jobId" text, nominal timestamptz, effective timestamptz, anchor timestamptz)
       join scheduled_jobs j on j.id = r."jobId"
      order by j.id
     on conflict (job_id) do update
        set next_run = excluded.next_run, next_effective = excluded.next_effective,
            generation = job_clock.generation + 1, anchor = excluded.anchor`,
    [json(rows)],
  );
}

/**
 * For jobs whose clock goes on under another spec: what a clock of some node has computed from the old
 * one is not written any more, and the next run is due by the new spread.
 */
export async function retimeClocks(
  db: Queryable,
  specs: ReadonlyMap<string, JobSpec>,
): Promise<void> {
  if (specs.size === 0) return;
  const clocks = await db.query<{ jobId: string; nominal: Date | null; anchor: Date }>(
    `select job_id as "jobId", next_run as nominal, anchor from job_clock
      where job_id = any ($1::text[]) order by job_id for update`,
    [[...specs.keys()]],
  );
  const rows = clocks.map(({ jobId, nominal, anchor }) => {
    const spec = specs.get(jobId);
    if (spec === undefined || nominal === null) return { jobId, effective: null };
    return { jobId, effective: nextRunAt(spec, { anchor, nominal }).effective };
  });
  await db.query(
    `update job_clock c set next_effective = r.effective, generation = c.generation + 1
       from jsonb_to_recordset($1::text::jsonb) as r("jobId" text, effective timestamptz)
      where c.job_id = r."jobId"`,
    [json(rows)],
  );
}
