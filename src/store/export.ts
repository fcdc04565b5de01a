import type { ExecutionStatus, FinalStatus, ReasonCode, Trigger } from "../model/execution.ts";
import type { Database } from "./connection.ts";

/** An attempt that failed and after which another was to come. Instants are ISO 8601 in UTC. */
export interface FailedAttempt {
  attempt: number;
  started_at: string;
  finished_at: string;
  status: FinalStatus;
  reason: ReasonCode | null;
  error: string | null;
  exit_code: number | null;
  signal: string | null;
  node_id: string | null;
}

/**
 * An execution with every column by which its life can be checked, as `executions export` writes it:
 * its JSON has the instants in ISO 8601. What the job was given and what it returned are its own
 * affair and stay in the database.
 */
export interface ExportedExecution {
  id: string;
  job_id: string;
  /** The name that the job had when it was recorded. */
  job_name: string;
  trigger: Trigger;
  status: ExecutionStatus;
  reason: ReasonCode | null;
  scheduled_for: Date | null;
  covers_until: Date | null;
  covers_count: number;
  due_at: Date | null;
  available_at: Date;
  deadline_at: Date | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  duration_ms: number | null;
  attempt: number;
  max_attempts: number;
  priority: number;
  errors: FailedAttempt[];
  exit_code: number | null;
  signal: string | null;
  message: string | null;
  error: string | null;
  items_processed: number | null;
  items_failed: number | null;
  fence: number | null;
  exclusive_key: string | null;
  key_slots: number;
  holds_key: boolean;
  queue_key: string | null;
  node_id: string | null;
  revision: number | null;
  version_id: string | null;
  triggered_by: string | null;
  backfill_id: string | null;
  cancel_requested_at: Date | null;
  cancel_requested_by: string | null;
  cancel_reason: string | null;
  trace_id: string;
}

export interface ExportFilter {
  jobId: string | null;
  /** Recorded from then on. */
  since: Date | null;
  /** Recorded before then. */
  until: Date | null;
}

const PAGE = 1_000;

/**
 * All executions that match, in the order of their ids, page by page: no more than one page is in
 * memory, and no transaction stays open while the reader is slow. Each row is as it was when its
 * page was read.
 */
export async function* exportExecutions(
  db: Database,
  filter: ExportFilter,
): AsyncGenerator<ExportedExecution[]> {
  const { jobId, since, until } = filter;
  // Two statements, each of which has its index: in one, the whole history is read for a job's few.
  const statement = nextPage(jobId === null ? "" : "and job_id = $5");
  const job = jobId === null ? [] : [jobId];
  let afterId: string | null = "";
  while (afterId !== null) {
    const parameters = [afterId, since, until, PAGE, ...job];
    const rows: PageRow[] = await db.query<PageRow>(statement, parameters, { idempotent: true });
    afterId = rows[0]?.last_id ?? null;
    const page = rows.flatMap((row) => (row.id === null ? [] : [toItem(row)]));
    if (page.length > 0) yield page;
  }
}

/** Null: a page in which nothing matches. */
type PageRow = { last_id: string | null } & ({ id: null } | Stored);

type Stored = Omit<ExportedExecution, "errors"> & { errors: FailedAttempt[] | null };

function toItem(stored: Stored & { last_id: string | null }): ExportedExecution {
  const { last_id: _, ...row } = stored;
  return { ...row, errors: (row.errors ?? []).map(readAttempt) };
}

/** The server writes the instants within a JSON value in its own zone. */
export function readAttempt(attempt: FailedAttempt): FailedAttempt {
  const utc = (instant: string): string => new Date(instant).toISOString();
  const { started_at, finished_at } = attempt;
  return { ...attempt, started_at: utc(started_at), finished_at: utc(finished_at) };
}

/**
 * The statement of a page. It is so many rows, whether their times match or not, so that no statement
 * reads the whole history in search of the few that do.
 */
function nextPage(condition: string): string {
  return `
with page as materialized (
  select * from executions where id > $1 ${condition} order by id limit $4)
select l.last_id, e.id, e.job_id, e.job_name, e.trigger, e.status, e.reason, e.scheduled_for,
       e.covers_until, e.covers_count, e.due_at, e.available_at, e.deadline_at, e.created_at,
       e.started_at, e.finished_at, e.duration_ms, e.attempt, e.max_attempts, e.priority, e.errors,
       e.exit_code, e.signal, e.message, e.error, e.items_processed, e.items_failed, e.fence,
       e.exclusive_key, e.key_slots, e.holds_key, e.queue_key, e.node_id,
       e.revision_id as revision, e.version_id, e.triggered_by, e.backfill_id,
       e.cancel_requested_at, e.cancel_requested_by, e.cancel_reason, e.trace_id
  from (select max(id) as last_id from page) l
  left join page e on ($2::timestamptz is null or e.created_at >= $2)
                  and ($3::timestamptz is null or e.created_at < $3)
 order by e.id`;
}
