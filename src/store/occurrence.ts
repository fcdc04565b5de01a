import type { Database } from "./connection.ts";
import type { ExplainedRow } from "./explained-row.ts";
import { readRows } from "./explained-row.ts";

/** Records of the clock, each of which is the only one of its due time. */
const OF_CLOCK = "e.trigger in ('schedule', 'catchup')";

/** The due times of a job that have a record of their own, in a stretch; at most `limit`. */
export async function recordedTimes(
  db: Database,
  stretch: { jobId: string; from: Date; until: Date; limit: number },
): Promise<Date[]> {
  const rows = await db.query<{ at: Date }>(
    `select e.scheduled_for as at from executions e
      where e.job_id = $1 and ${OF_CLOCK} and e.scheduled_for >= $2 and e.scheduled_for < $3
      order by e.scheduled_for limit $4`,
    [stretch.jobId, stretch.from, stretch.until, stretch.limit],
    { idempotent: true },
  );
  return rows.map(({ at }) => at);
}

/** The record of a due time: its own, or that of a stretch which covers it; null: there is none. */
export async function findOccurrence(
  db: Database,
  { jobId, at }: { jobId: string; at: Date },
): Promise<ExplainedRow | null> {
  const [row] = await readRows(db, {
    where: `e.job_id = $1 and ${OF_CLOCK} and e.scheduled_for <= $2`,
    order: "e.scheduled_for desc",
    parameters: [jobId, at],
    limit: 1,
  });
  if (row === undefined || row.scheduledFor === null) return null;
  const untilMs = (row.coversUntil ?? row.scheduledFor).getTime();
  return untilMs >= at.getTime() ? row : null;
}

/**
 * What stands beside a due time: its backfills, and what was asked for by hand in `[from, until)`.
 * Where none is asked about, the backfills of that stretch.
 */
export async function readBeside(
  db: Database,
  asked: { jobId: string; at: Date | null; from: Date; until: Date; limit: number },
): Promise<ExplainedRow[]> {
  return readRows(db, {
    where: `e.job_id = $1
        and (e.trigger = 'backfill'
                and coalesce(e.scheduled_for = $2, e.scheduled_for >= $3 and e.scheduled_for < $4)
             or e.trigger in ('manual', 'api')
                and coalesce(e.started_at, e.created_at) >= $3
                and coalesce(e.started_at, e.created_at) < $4)`,
    order: "e.id",
    parameters: [asked.jobId, asked.at, asked.from, asked.until],
    limit: asked.limit,
  });
}

/**
 * The execution that stood in the way of one which was skipped: of the same job, and open when that
 * was recorded; a backfill, which others wait for, where there is no other. Null: it is not kept any
 * more.
 */
export async function findBlocker(
  db: Database,
  { id, jobId, createdAt }: ExplainedRow,
): Promise<ExplainedRow | null> {
  const [row] = await readRows(db, {
    where: `e.job_id = $1 and e.id <> $2 and e.status <> 'skipped'
        and e.created_at <= $3 and (e.finished_at is null or e.finished_at >= $3)`,
    order: "e.trigger = 'backfill', e.started_at nulls last, e.id",
    parameters: [jobId, id, createdAt],
    limit: 1,
  });
  return row ?? null;
}

/** The execution that took the place of one which was replaced. */
export async function findSuccessor(
  db: Database,
  { id, jobId, scheduledFor }: ExplainedRow,
): Promise<ExplainedRow | null> {
  const [row] = await readRows(db, {
    where: `e.job_id = $1 and e.id <> $2 and e.trigger <> 'backfill'
        and (e.id > $2 or e.scheduled_for > $3) and e.reason is distinct from 'replaced'`,
    order: "e.id",
    parameters: [jobId, id, scheduledFor],
    limit: 1,
  });
  return row ?? null;
}

/** The instant of the oldest record that is kept of a job, and how many there are. */
export async function readKept(
  db: Database,
  jobId: string,
): Promise<{ oldest: Date | null; count: number }> {
  const [row] = await db.query<{ oldest: Date | null; count: number }>(
    `select (select coalesce(e.scheduled_for, e.created_at) from executions e
              where e.job_id = $1 order by e.id limit 1) as oldest,
            (select count(*) from executions e where e.job_id = $1) as count`,
    [jobId],
    { idempotent: true },
  );
  return row ?? { oldest: null, count: 0 };
}

/** Whether an occurrence of the job in a stretch was recorded; `after` is exclusive. */
export async function isRecordedBetween(
  db: Database,
  { jobId, after, until }: { jobId: string; after: Date; until: Date },
): Promise<boolean> {
  const rows = await db.query(
    `select 1 from executions e
      where e.job_id = $1 and ${OF_CLOCK} and e.scheduled_for > $2 and e.scheduled_for <= $3 limit 1`,
    [jobId, after, until],
    { idempotent: true },
  );
  return rows.length > 0;
}

/**
 * What runs and what waits of a job: what runs first, then in the order of its turn. `total` counts
 * all of them, before the limit.
 */
export async function readOpen(
  db: Database,
  { jobId, limit }: { jobId: string; limit: number },
): Promise<{ rows: ExplainedRow[]; total: number }> {
  // Each of the two has its small index; all open rows of a job would be looked for in its history.
  const running = await readRows(db, {
    where: "e.job_id = $1 and e.status = 'running'",
    order: "e.started_at nulls last, e.id",
    parameters: [jobId],
    limit,
  });
  const waiting = await readRows(db, {
    where: "e.job_id = $1 and e.status = 'pending'",
    order: "e.holds_key desc, e.priority desc, e.available_at, e.id",
    parameters: [jobId],
    limit,
  });
  const [count] = await db.query<{ total: number }>(
    `select (select count(*) from executions where job_id = $1 and status = 'running')
          + (select count(*) from executions where job_id = $1 and status = 'pending') as total`,
    [jobId],
    { idempotent: true },
  );
  return { rows: [...running, ...waiting].slice(0, limit), total: count?.total ?? 0 };
}

/** The last execution of a job that has ended: of all, or of those that the clock recorded. */
export async function readLast(
  db: Database,
  { jobId, of }: { jobId: string; of: "started" | "clock" },
): Promise<ExplainedRow | null> {
  const [row] = await readRows(db, {
    where: `e.job_id = $1 and e.status not in ('pending', 'running')
        and ${of === "started" ? "e.attempt > 0" : OF_CLOCK}`,
    order: of === "started" ? "e.id desc" : "e.scheduled_for desc",
    parameters: [jobId],
    limit: 1,
  });
  return row ?? null;
}
