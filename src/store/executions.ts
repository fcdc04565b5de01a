import type { ExecutionStatus, ReasonCode, Trigger } from "../model/execution.ts";
import type { JsonValue } from "../model/json.ts";
import type { Database } from "./connection.ts";
import type { FailedAttempt } from "./export.ts";

/** An execution as history shows it. */
export interface JobExecution {
  id: string;
  jobId: string;
  jobName: string;
  trigger: Trigger;
  status: ExecutionStatus;
  reason: ReasonCode | null;
  scheduledFor: Date | null;
  coversUntil: Date | null;
  coversCount: number;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  durationMs: number | null;
  /** When it may be claimed; of one that waits for its next attempt, when that may start. */
  availableAt: Date;
  attempt: number;
  maxAttempts: number;
  /** The attempts that were followed by another, or were to be; the oldest first. */
  errors: FailedAttempt[];
  exitCode: number | null;
  signal: string | null;
  message: string | null;
  error: string | null;
  itemsProcessed: number | null;
  itemsFailed: number | null;
  result: JsonValue;
  nodeId: string | null;
  revision: number | null;
  gitCommit: string | null;
  version: string | null;
  triggeredBy: string | null;
  traceId: string;
}

/**
 * The name of the job of an execution `e`. The row has the one that the job had when it was due: a
 * rename leaves the history as it was written, which may be millions of rows.
 */
export const JOB_NAME =
  "coalesce((select j.job_name from scheduled_jobs j where j.id = e.job_id), e.job_name)";

/** The columns of a `JobExecution`, of an `e` joined with `EXECUTION_JOINS`. */
export const EXECUTION: string = `
  e.id, e.job_id as "jobId", ${JOB_NAME} as "jobName", e.trigger, e.status, e.reason,
  e.scheduled_for as "scheduledFor", e.covers_until as "coversUntil",
  e.covers_count as "coversCount", e.created_at as "createdAt", e.started_at as "startedAt",
  e.finished_at as "finishedAt", e.duration_ms as "durationMs",
  e.available_at as "availableAt", e.attempt, e.max_attempts as "maxAttempts",
  coalesce(e.errors, '[]') as errors,
  e.exit_code as "exitCode", e.signal, e.message, e.error,
  e.items_processed as "itemsProcessed", e.items_failed as "itemsFailed", e.result,
  e.node_id as "nodeId", e.revision_id as revision, r.git_commit as "gitCommit",
  v.number as version, e.triggered_by as "triggeredBy", e.trace_id as "traceId"`;

export const EXECUTION_JOINS: string = `
  left join config_revisions r on r.id = e.revision_id
  left join job_versions v on v.id = e.version_id`;

/** The execution with that id, or null. */
export async function findExecution(db: Database, id: string): Promise<JobExecution | null> {
  const [row] = await db.query<JobExecution>(
    `select ${EXECUTION} from executions e ${EXECUTION_JOINS} where e.id = $1`,
    [id],
    { idempotent: true },
  );
  return row ?? null;
}

/** Whether an execution waits for another attempt: it failed, and has not ended. */
export function isRetrying({ status, attempt }: Pick<JobExecution, "status" | "attempt">): boolean {
  return status === "pending" && attempt > 0;
}

/** Those that wait for another attempt, the next one first, and how many there are. */
export async function readRetrying(
  db: Database,
  limit: number,
): Promise<{ entries: JobExecution[]; total: number }> {
  const where = "e.status = 'pending' and e.attempt > 0";
  const entries = await db.query<JobExecution>(
    `select ${EXECUTION} from executions e ${EXECUTION_JOINS} where ${where} order by e.available_at limit $1`,
    [limit],
    { idempotent: true },
  );
  const [count] = await db.query<{ total: number }>(
    `select count(*) as total from executions e where ${where}`,
    [],
    { idempotent: true },
  );
  return { entries, total: count?.total ?? entries.length };
}
