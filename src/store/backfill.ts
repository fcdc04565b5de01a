import { randomUUIDv7 } from "node:crypto";
import type { BackfillState, Reprocess } from "../model/backfill.ts";
import type { ExecutionStatus } from "../model/execution.ts";
import type { JobSpec } from "../model/job.ts";
import { admissionOf } from "./admission.ts";
import { admit } from "./admit.ts";
import { cancelOpen } from "./cancelling.ts";
import type { Database } from "./connection.ts";
import { JOB_NAME } from "./executions.ts";
import type { Queryable } from "./queryable.ts";
import { wakeNodes } from "./trigger.ts";

export interface BackfillTime {
  at: Date;
  had: BackfillState;
}

export interface BackfillRequest {
  jobId: string;
  spec: JobSpec;
  /** Due times, the oldest first. */
  times: readonly Date[];
  reprocess: Reprocess;
  requestedBy: string;
}

/** What there is of each due time. */
export async function readBackfillTimes(
  db: Queryable,
  { jobId, times }: { jobId: string; times: readonly Date[] },
): Promise<BackfillTime[]> {
  const from = times[0];
  const until = times.at(-1);
  if (from === undefined || until === undefined) return [];
  const rows = await db.query<RecordedRow>(
    `select scheduled_for as at, covers_until as "coversUntil", status, attempt from executions
      where job_id = $1 and trigger in ('schedule', 'catchup', 'backfill')
        and scheduled_for <= $3 and coalesce(covers_until, scheduled_for) >= $2`,
    [jobId, from, until],
  );
  const single = Map.groupBy(rows, ({ at }) => at.getTime());
  const stretches = rows.filter(({ coversUntil }) => coversUntil !== null);
  return times.map((at) => {
    const covering = stretches.filter((row) => row.at < at && (row.coversUntil ?? row.at) >= at);
    return { at, had: bestOf([...(single.get(at.getTime()) ?? []), ...covering]) };
  });
}

/** Those of the times that are to be run. */
export function selectTimes(times: readonly BackfillTime[], reprocess: Reprocess): BackfillTime[] {
  const wanted: Record<Reprocess, readonly BackfillState[]> = {
    none: ["not_run"],
    failed: ["not_run", "failed"],
    all: ["not_run", "failed", "success", "open"],
  };
  return times.filter(({ had }) => wanted[reprocess].includes(had));
}

/**
 * Records a run for each due time that is to be run: they wait for nodes, the oldest first, with a
 * priority below that of the job. What stands recorded of the times is not touched. Two backfills of
 * a job are recorded one after another, so that the second finds what the first one left.
 */
export async function recordBackfill(
  db: Database,
  request: BackfillRequest,
): Promise<{ backfillId: string; recorded: BackfillTime[] }> {
  const backfillId = randomUUIDv7();
  // In the order of the times, whatever the milliseconds in which the ids are made.
  const ids = request.times.map(() => randomUUIDv7()).sort();
  const recorded = await db.transaction(
    async (tx) => {
      await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
        `cronverge backfill ${request.jobId}`,
      ]);
      const selected = selectTimes(await readBackfillTimes(tx, request), request.reprocess);
      await admit(tx, wantedOf(request, { backfillId, ids, selected }));
      return selected;
    },
    { idempotent: true, deadlineMs: 60_000 },
  );
  await wakeNodes(db);
  return { backfillId, recorded };
}

/** What became of a backfill that was to end. */
export interface CancelledBackfill {
  jobName: string;
  /** Runs that waited. */
  cancelled: number;
  /** Runs that go on until they end as they were asked to. */
  running: number;
}

/** Ends all that is open of a backfill; null: there is none with that id. */
export async function cancelBackfill(
  db: Database,
  { backfillId, by }: { backfillId: string; by: string },
): Promise<CancelledBackfill | null> {
  const [row] = await db.query<CancelledBackfill>(CANCEL, [backfillId, by], { idempotent: true });
  await wakeNodes(db);
  return row ?? null;
}

const CANCEL = `
with ended as (
  update executions e
     set ${cancelOpen({ by: "$2", reason: "'cancel_requested'" })}
   where trigger = 'backfill' and backfill_id = $1 and status in ('pending', 'running')
  returning status)
select max(${JOB_NAME}) as "jobName",
       (select count(*) from ended where status = 'cancelled') as cancelled,
       (select count(*) from ended where status = 'running') as running
  from executions e where e.trigger = 'backfill' and e.backfill_id = $1 having count(*) > 0`;

function wantedOf(
  { jobId, spec, requestedBy }: BackfillRequest,
  made: { backfillId: string; ids: readonly string[]; selected: readonly BackfillTime[] },
): Parameters<typeof admit>[1] {
  const { backfillId, ids, selected } = made;
  const own = admissionOf(spec, { jobId, exempt: true });
  // A deadline counts from the recording, which is the same for all of them.
  const limits = { deadlineMs: null, lateAfterMs: null };
  const admission = { ...own, ...limits, priority: spec.priority - 1 };
  return selected.map(({ at }, index) => ({
    id: ids[index] ?? randomUUIDv7(),
    jobId,
    trigger: "backfill",
    scheduledFor: at,
    parameters: null,
    triggeredBy: requestedBy,
    backfillId,
    admission,
  }));
}

interface RecordedRow {
  at: Date;
  coversUntil: Date | null;
  status: ExecutionStatus;
  attempt: number;
}

function bestOf(rows: readonly RecordedRow[]): BackfillState {
  const states = new Set(rows.map(stateOf));
  const best = (["success", "open", "failed"] as const).find((state) => states.has(state));
  return best ?? "not_run";
}

function stateOf({ status, attempt }: RecordedRow): BackfillState {
  switch (status) {
    case "success":
      return "success";
    case "pending":
    case "running":
      return "open";
    case "skipped":
      return "not_run";
    case "cancelled":
      return attempt === 0 ? "not_run" : "failed";
    case "failed":
    case "timed_out":
    case "abandoned":
      return attempt === 0 ? "not_run" : "failed";
  }
}
