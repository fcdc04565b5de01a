import type { ExecutionStatus, ReasonCode, Trigger } from "../model/execution.ts";
import type { JsonObject } from "../model/json.ts";
import type { Admission } from "./admission.ts";
import { ADMIT, replaced } from "./admit-sql.ts";
import { json } from "./connection.ts";
import type { Queryable } from "./queryable.ts";

/** An execution that somebody asked for, to wait for a slot of any node. */
export interface WantedExecution {
  /** Made by the caller, so that a repeat admits nothing new. */
  id: string;
  jobId: string;
  trigger: Exclude<Trigger, "schedule" | "catchup">;
  /** The due time that a backfill stands for. */
  scheduledFor: Date | null;
  parameters: JsonObject | null;
  triggeredBy: string | null;
  backfillId: string | null;
  /** It is not to run, and why; absent: its admission decides. */
  refused?: ReasonCode;
  /** From `admissionOf` the job's spec. */
  admission: Admission;
}

/** What became of it; `reason` says why it was skipped. */
export interface AdmittedExecution {
  id: string;
  jobId: string;
  status: Extract<ExecutionStatus, "pending" | "skipped">;
  reason: ReasonCode | null;
}

/**
 * Records executions, each as its admission says: pending, or skipped with the reason. In one
 * statement for any number; those of one job in the order in which they are given. What is recorded
 * already, a repeat or the same instant of one backfill, is left as it is and missing from the result.
 * The caller wakes the nodes, and then, if a job with `overlap: replace` is among them, calls
 * `replaceOlder`.
 *
 * A backfill is given `admissionOf(spec, { jobId, exempt: true })`, with a priority below the job's.
 */
export async function admit(
  db: Queryable,
  wanted: readonly WantedExecution[],
): Promise<AdmittedExecution[]> {
  const nthOf = new Map<string, number>();
  const rows = wanted.map(({ admission, ...row }) => {
    const nth = nthOf.get(row.jobId) ?? 0;
    nthOf.set(row.jobId, nth + 1);
    return { ...row, ...admission, nth };
  });
  return db.query<AdmittedExecution>(ADMIT_WANTED, [json(rows)]);
}

const ADMIT_WANTED = `
with candidate as (
  select w.id, j.id as job_id, j.job_name, j.version_id, j.revision_id, w.trigger, w.scheduled_for,
         null::timestamptz as due_at, null::timestamptz as covers_until, 1 as covers_count,
         clock_timestamp() as available_at,
         case when w.refused is null then 'pending' else 'skipped' end as status,
         w.refused as reason, w.ordinal, w.nth,
         0 as turn, w.rule, w.exclusive_key, w.key_slots, w.queue_limit, w.priority,
         w.max_attempts, w.deadline_ms, w.late_after_ms, w.parameters, w.triggered_by,
         w.backfill_id, null as node_id, false as starts
    from rows from (json_to_recordset($1::text::json)
      as (id text, "jobId" text, trigger text, "scheduledFor" timestamptz, parameters jsonb,
          "triggeredBy" text, "backfillId" text, refused text, rule text, "exclusiveKey" text,
          "keySlots" integer,
          "queueLimit" integer, priority integer, "maxAttempts" integer,
          "deadlineMs" double precision, "lateAfterMs" double precision, nth integer))
      with ordinality
      as w(id, job_id, trigger, scheduled_for, parameters, triggered_by, backfill_id, refused,
           rule, exclusive_key, key_slots, queue_limit, priority, max_attempts, deadline_ms,
           late_after_ms, nth, ordinal)
    join scheduled_jobs j on j.id = w.job_id),
${ADMIT}
select id, job_id as "jobId", status, reason from inserted
union all select id, job_id, status, reason from refused`;

/**
 * For the rows with these ids that wait under `overlap: replace`: asks what runs or waits before them
 * to end. Their own statement did that for all it could see; this is for what was recorded meanwhile.
 */
export async function replaceOlder(db: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.query(REPLACE_OLDER, [ids]);
}

const REPLACE_OLDER = `
with replacing as (
  select job_id, exclusive_key, key_slots, id as newest from executions
   where id = any ($1::text[]) and status = 'pending' and queue_key = 'wait:' || job_id),
${replaced("replacing")}
select from replaced`;
