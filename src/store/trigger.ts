import { createHash, randomUUIDv7 } from "node:crypto";
import type { ExecutionStatus, ReasonCode, Trigger } from "../model/execution.ts";
import type { JsonObject } from "../model/json.ts";
import type { Database } from "./connection.ts";
import { JOB_NAME } from "./executions.ts";

/** A run that somebody asks for. */
export interface ManualTrigger {
  jobId: string;
  parameters: JsonObject | null;
  triggeredBy: string;
  trigger: Extract<Trigger, "manual" | "api">;
  /** `allow` runs beside a run of the same job that is going on. */
  overlap: "skip" | "allow";
}

/**
 * Records a run that somebody asked for, to be claimed by any node. When a run of the job is still
 * going on it is recorded as `skipped: overlap`. A disabled job may be run. The id is made before the
 * first try, so that a repeat after a lost answer records nothing new.
 */
export async function triggerJob(
  db: Database,
  request: ManualTrigger,
): Promise<{ id: string; status: ExecutionStatus }> {
  const id = randomUUIDv7();
  await db.query(
    `with requested as (
       insert into executions (id, job_id, job_name, version_id, revision_id, trigger, available_at,
           status, exclusive_key, holds_key, parameters, triggered_by, trace_id)
       select $1, id, job_name, version_id, revision_id, $2, clock_timestamp(), 'pending',
              case when $5 then id end, $5, $3::text::jsonb, $4, $1
         from scheduled_jobs where id = $6
       on conflict do nothing returning id)
     insert into executions (id, job_id, job_name, version_id, revision_id, trigger, available_at,
         status, reason, finished_at, exclusive_key, parameters, triggered_by, trace_id)
     select $1, id, job_name, version_id, revision_id, $2, clock_timestamp(), 'skipped', 'overlap',
            clock_timestamp(), id, $3::text::jsonb, $4, $1
       from scheduled_jobs where id = $6 and not exists (select 1 from requested)
     on conflict do nothing`,
    [
      id,
      request.trigger,
      request.parameters === null ? null : JSON.stringify(request.parameters),
      request.triggeredBy,
      request.overlap === "skip",
      request.jobId,
    ],
    { idempotent: true },
  );
  await wakeNodes(db);
  const [row] = await db.query<{ status: ExecutionStatus }>(
    "select status from executions where id = $1",
    [id],
    { idempotent: true },
  );
  return { id, status: row?.status ?? "pending" };
}

/** Asks every node to look at the database now. Carries nothing: a lost wake costs only time. */
export async function wakeNodes(db: Database): Promise<void> {
  await db.query("select pg_notify($1, '')", [wakeChannel(db.schema)], { idempotent: true });
}

/** The one channel of a schema. The server refuses names of more than 63 bytes. */
export function wakeChannel(schema: string): string {
  const name = `cronverge_${schema}`;
  if (Buffer.byteLength(name) <= 63) return name;
  return `cronverge_${createHash("sha256").update(schema).digest("hex").slice(0, 32)}`;
}

/** What `cancel` found: the state of the execution after the request. Null: there is none with that id. */
export async function requestCancel(
  db: Database,
  request: { id: string; by: string; reason: ReasonCode },
): Promise<{ jobName: string; status: ExecutionStatus } | null> {
  const [row] = await db.query<{ jobName: string; status: ExecutionStatus }>(
    `update executions e
        set status = case when status = 'pending' then 'cancelled' else status end,
            reason = case when status = 'pending' then $3 else reason end,
            finished_at = case when status = 'pending' then clock_timestamp() else finished_at end,
            holds_key = holds_key and status <> 'pending',
            cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()),
            cancel_requested_by = coalesce(cancel_requested_by, $2),
            cancel_reason = coalesce(cancel_reason, $3)
      where id = $1 and status in ('pending', 'running')
     returning ${JOB_NAME} as "jobName", status`,
    [request.id, request.by, request.reason],
    { idempotent: true },
  );
  await wakeNodes(db);
  if (row !== undefined) return row;
  const [ended] = await db.query<{ jobName: string; status: ExecutionStatus }>(
    `select ${JOB_NAME} as "jobName", status from executions e where id = $1`,
    [request.id],
    { idempotent: true },
  );
  return ended ?? null;
}
