import { randomUUIDv7 } from "node:crypto";
import type { LogLevel } from "../model/execution.ts";
import type { JsonValue } from "../model/json.ts";
import { json } from "./connection.ts";
import type { Database, QueryOptions } from "./connection.ts";

/** A row of `logs`. Lines of one execution share its trace id. */
export interface LogEntry {
  id: number;
  at: Date;
  level: Uppercase<LogLevel>;
  module: string;
  message: string;
  metadata: JsonValue;
  jobName: string | null;
  executionId: string | null;
  traceId: string | null;
}

/** A line to be kept; instants are ISO 8601. */
export interface NewLogEntry {
  at: string;
  level: LogLevel;
  module: string;
  message: string;
  metadata: JsonValue;
  jobName: string | null;
  executionId: string | null;
  traceId: string | null;
}

/**
 * Appends lines in order, once, even when the answer to the first try is lost. A repeat finds the
 * first one between the lines' own times; those are the jobs' word, so the search has a bound, which
 * is longer than lines ever wait.
 */
export async function appendLogs(
  db: Database,
  entries: NewLogEntry[],
  options: Pick<QueryOptions, "deadlineMs" | "persistent"> = {},
): Promise<void> {
  await db.query(
    `with lines as materialized (
       select * from jsonb_to_recordset($1::text::jsonb)
         as l(at timestamptz, level text, module text, message text, metadata jsonb,
              "jobName" text, "executionId" text, "traceId" text))
     insert into logs (timestamp, level, module, message, metadata, job_name, execution_id,
                       trace_id, batch)
     select at, upper(level), module, message, nullif(metadata, 'null'), "jobName", "executionId",
            "traceId", $2
       from lines
      where not exists (select 1 from logs w
                         where w.batch = $2 and w.timestamp <= (select max(at) from lines)
                           and w.timestamp >= (select greatest(min(at),
                                 clock_timestamp() - interval '1 hour') from lines))`,
    [json(entries), randomUUIDv7()],
    { ...options, idempotent: true },
  );
}

export interface LogFilter {
  /** Only this level, upper case; null is all. */
  level: Uppercase<LogLevel> | null;
  since: Date | null;
  /** What the job wrote under its former names counts too. */
  jobName: string | null;
  executionId: string | null;
  /** Text that the message contains, whatever its case; taken literally. */
  contains: string | null;
  /** Only lines with a greater id: where a follower goes on. */
  afterId: number | null;
  limit: number;
}

/** The newest `limit` matching lines, or, with `afterId`, the first ones after it; oldest first. */
export async function readLogs(db: Database, filter: LogFilter): Promise<LogEntry[]> {
  const direction = filter.afterId === null ? "desc" : "asc";
  const rows = await db.query<LogEntry>(
    `select id, timestamp as at, level, module, message, metadata, job_name as "jobName",
            execution_id as "executionId", trace_id as "traceId"
       from logs
      where ($1::text is null or level = $1)
        and ($2::timestamptz is null or timestamp >= $2)
        and ($3::text is null or ${OF_THE_JOB})
        and ($4::text is null or execution_id = $4)
        and ($5::text is null or position(lower($5) in lower(message)) > 0)
        and ($6::bigint is null or id > $6)
      order by id ${direction} limit $7`,
    [
      filter.level,
      filter.since?.toISOString() ?? null,
      filter.jobName,
      filter.executionId,
      filter.contains,
      filter.afterId,
      filter.limit,
    ],
    { idempotent: true },
  );
  return direction === "desc" ? rows.reverse() : rows;
}

// A job's lines stand under all names it had. Another job may have had one of them before or since,
// so a line counts only if its execution is not known to be another job's.
const OF_THE_JOB = `
  replace(job_name, '-', '_') = any (array[replace($3, '-', '_')] || coalesce(
    (select former_names from scheduled_jobs where name_key = replace($3, '-', '_')), '{}'))
  and not exists (
    select from executions e
     where e.id = execution_id
       and e.job_id <> (select id from scheduled_jobs where name_key = replace($3, '-', '_')))`;

/** Entries older than `days`. */
export async function countOldLogs(db: Database, days: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    "select count(*) as count from logs where timestamp < clock_timestamp() - $1::float8 * interval '1 day'",
    [days],
    { idempotent: true },
  );
  return row?.count ?? 0;
}

/** Deletes at most `limit` of them, the oldest first, and returns how many. */
export async function deleteOldLogs(
  db: Database,
  options: { days: number; limit: number },
): Promise<number> {
  const rows = await db.query(
    `delete from logs where id in (
       select id from logs where timestamp < clock_timestamp() - $1::float8 * interval '1 day'
        order by timestamp limit $2) returning id`,
    [options.days, options.limit],
    { idempotent: true },
  );
  return rows.length;
}
