import { createHash, randomUUIDv7 } from "node:crypto";
import type { ExecutionStatus, ReasonCode, Trigger } from "../model/execution.ts";
import type { JsonObject } from "../model/json.ts";
import type { JobPolicies, OverlapPolicy } from "../model/policy.ts";
import { admissionOf } from "./admission.ts";
import { admit, replaceOlder } from "./admit.ts";
import { cancelOpen } from "./cancelling.ts";
import type { Database } from "./connection.ts";
import { JOB_NAME } from "./executions.ts";
import type { Queryable } from "./queryable.ts";

/** A run that somebody asks for. */
export interface ManualTrigger {
  jobId: string;
  parameters: JsonObject | null;
  triggeredBy: string;
  trigger: Extract<Trigger, "manual" | "api">;
  /** Instead of the job's own policy; null: that one. `allow` runs beside any other run of the job. */
  overlap: OverlapPolicy | null;
}

/**
 * Records a run that somebody asked for, to be claimed by any node, or skipped as the policies of the
 * job, or `overlap`, say. A disabled job may be run. The id is made before the first try, so that a
 * repeat after a lost answer records nothing new.
 */
export async function triggerJob(
  db: Database,
  request: ManualTrigger,
): Promise<{ id: string; status: ExecutionStatus }> {
  const id = randomUUIDv7();
  const { jobId, trigger, parameters, triggeredBy, overlap } = request;
  const policies = await readPolicies(db, jobId);
  if (policies === null) return { id, status: "pending" };
  const admission = admissionOf(policies, { jobId, overlap });
  const wanted = { id, jobId, trigger, parameters, triggeredBy, scheduledFor: null };
  const busy = overlap === "skip" && policies.overlap === "allow" && (await isOpen(db, jobId));
  const refused = busy ? { refused: "overlap" as const } : {};
  await admit(withRetry(db), [{ ...wanted, ...refused, backfillId: null, admission }]);
  if (admission.rule === "replace") await replaceOlder(db, [id]);
  await wakeNodes(db);
  const [row] = await db.query<{ status: ExecutionStatus }>(
    "select status from executions where id = $1",
    [id],
    { idempotent: true },
  );
  return { id, status: row?.status ?? "pending" };
}

async function readPolicies(db: Database, jobId: string): Promise<JobPolicies | null> {
  const [row] = await db.query<{ spec: JobPolicies }>(
    "select spec from scheduled_jobs where id = $1",
    [jobId],
    { idempotent: true },
  );
  return row?.spec ?? null;
}

/** The runs of a job with `overlap: allow` hold no key by which they are found. */
async function isOpen(db: Database, jobId: string): Promise<boolean> {
  const rows = await db.query(
    `select from executions where status = 'running' and job_id = $1
     union all
     select from executions where status = 'pending' and job_id = $1 limit 1`,
    [jobId],
    { idempotent: true },
  );
  return rows.length > 0;
}

function withRetry(db: Database): Queryable {
  return { query: (text, parameters) => db.query(text, parameters, { idempotent: true }) };
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
        set ${cancelOpen({ by: "$2", reason: "$3" })}
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
