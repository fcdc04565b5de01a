import type { ExecutionStatus, ReasonCode, Trigger } from "../model/execution.ts";
import type { Database } from "./connection.ts";
import { JOB_NAME } from "./executions.ts";
import type { FailedAttempt } from "./export.ts";
import { readAttempt } from "./export.ts";

/** An execution with all that explains it: by which node, which revision and which commit. */
export interface ExplainedRow {
  id: string;
  jobId: string;
  jobName: string;
  trigger: Trigger;
  status: ExecutionStatus;
  reason: ReasonCode | null;
  scheduledFor: Date | null;
  coversUntil: Date | null;
  coversCount: number;
  dueAt: Date | null;
  availableAt: Date;
  deadlineAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  durationMs: number | null;
  attempt: number;
  maxAttempts: number;
  errors: FailedAttempt[];
  exitCode: number | null;
  signal: string | null;
  message: string | null;
  error: string | null;
  exclusiveKey: string | null;
  keySlots: number;
  triggeredBy: string | null;
  cancelRequestedAt: Date | null;
  cancelRequestedBy: string | null;
  version: string | null;
  node: { id: string; host: string; pid: number } | null;
  revision: ExplainedRevision | null;
}

/** A revision as JSON of the server has it, which writes instants in its own zone. */
export interface ExplainedRevision {
  id: number;
  git_commit: string | null;
  git_author: string | null;
  git_subject: string | null;
  git_dirty: boolean | null;
  applied_at: string;
  applied_by: string;
}

/** An `ExplainedRevision`, or null, from the revision `r` that was joined or not. */
export const EXPLAINED_REVISION = `
  case when r.id is not null
       then jsonb_build_object('id', r.id, 'git_commit', r.git_commit, 'git_author', r.git_author,
              'git_subject', r.git_subject, 'git_dirty', r.git_dirty, 'applied_at', r.applied_at,
              'applied_by', r.applied_by) end`;

const COLUMNS = `
  e.id, e.job_id as "jobId", ${JOB_NAME} as "jobName", e.trigger, e.status, e.reason,
  e.scheduled_for as "scheduledFor", e.covers_until as "coversUntil",
  e.covers_count as "coversCount", e.due_at as "dueAt", e.available_at as "availableAt",
  e.deadline_at as "deadlineAt", e.created_at as "createdAt", e.started_at as "startedAt",
  e.finished_at as "finishedAt", e.duration_ms as "durationMs", e.attempt,
  e.max_attempts as "maxAttempts", e.errors, e.exit_code as "exitCode", e.signal, e.message,
  e.error, e.exclusive_key as "exclusiveKey", e.key_slots as "keySlots",
  e.triggered_by as "triggeredBy", e.cancel_requested_at as "cancelRequestedAt",
  e.cancel_requested_by as "cancelRequestedBy", v.number as version,
  case when n.id is not null
       then jsonb_build_object('id', n.id, 'host', n.host, 'pid', n.pid) end as node,
  ${EXPLAINED_REVISION} as revision`;

const JOINS = `
  left join nodes n on n.id = e.node_id
  left join config_revisions r on r.id = e.revision_id
  left join job_versions v on v.id = e.version_id`;

export interface RowsQuery {
  where: string;
  order: string;
  parameters: (string | Date | null)[];
  limit: number;
}

/** Executions in an order, at most `limit`; `where` and `order` name the columns of `e`. */
export async function readRows(db: Database, query: RowsQuery): Promise<ExplainedRow[]> {
  type Stored = Omit<ExplainedRow, "errors"> & { errors: FailedAttempt[] | null };
  const rows = await db.query<Stored>(
    `select ${COLUMNS} from executions e ${JOINS}
      where ${query.where} order by ${query.order} limit ${query.limit}`,
    query.parameters,
    { idempotent: true },
  );
  return rows.map((row) => ({ ...row, errors: (row.errors ?? []).map(readAttempt) }));
}
