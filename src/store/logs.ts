import { randomUUIDv7 } from "node:crypto";
import type { LogLevel } from "../model/execution.ts";
import type { JsonValue } from "../model/json.ts";
import { json } from "./connection.ts";
import type { Database, QueryOptions } from "./connection.ts";
import type { LogFilter } from "./log-filter.ts";
import { add, likePattern, logConditions, whereText } from "./log-filter.ts";

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

/** Which lines, and how many of them. */
export interface LogQuery extends LogFilter {
  /** Text that the message contains, whatever its case; taken literally. */
  contains: string | null;
  /** Only lines with a greater id: where a follower goes on. */
  afterId: number | null;
  limit: number;
}

/** The newest `limit` matching lines, or, with `afterId`, the first ones after it; oldest first. */
export async function readLogs(db: Database, query: LogQuery): Promise<LogEntry[]> {
  const { contains, afterId, limit } = query;
  const conditions = logConditions(query);
  if (contains !== null) add(conditions, likePattern(contains), (name) => `message ilike ${name}`);
  if (afterId !== null) add(conditions, afterId, (name) => `id > ${name}::bigint`);
  const direction = afterId === null ? "desc" : "asc";
  const rows = await db.query<LogEntry>(
    `select ${LOG_ENTRY} from logs ${whereText(conditions)}
      order by id ${direction} limit ${limit}`,
    conditions.parameters,
    { idempotent: true },
  );
  return direction === "desc" ? rows.reverse() : rows;
}

/** The columns of a `LogEntry`. */
export const LOG_ENTRY: string = `
  id, timestamp as at, level, module, message, metadata, job_name as "jobName",
  execution_id as "executionId", trace_id as "traceId"`;

/** The line with that id, or null. */
export async function findLog(db: Database, id: number): Promise<LogEntry | null> {
  const [row] = await db.query<LogEntry>(`select ${LOG_ENTRY} from logs where id = $1`, [id], {
    idempotent: true,
  });
  return row ?? null;
}

/** All lines of an execution or a trace, the oldest first. */
export async function readTrace(db: Database, id: string): Promise<LogEntry[]> {
  const read = (column: "execution_id" | "trace_id"): Promise<LogEntry[]> =>
    db.query<LogEntry>(`select ${LOG_ENTRY} from logs where ${column} = $1 order by id`, [id], {
      idempotent: true,
    });
  const lines = await read("execution_id");
  // An execution is its own trace, and has an index; a trace of something else is looked for.
  return lines.length > 0 ? lines : read("trace_id");
}

/** The executions with lines whose ids start so; at most two, since one must be meant. */
export async function findTraces(db: Database, prefix: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select distinct execution_id as id from logs
      where left(execution_id, $2) = $1 limit 2`,
    [prefix, prefix.length],
    { idempotent: true },
  );
  return rows.map(({ id }) => id);
}

/**
 * The newest `limit` lines that match, the oldest first, page by page: no more than a page is in memory,
 * and no transaction stays open while the reader is slow.
 */
export async function* exportLogs(
  db: Database,
  filter: LogFilter,
  { limit, pageSize = PAGE }: { limit: number; pageSize?: number },
): AsyncGenerator<LogEntry[]> {
  let left = limit;
  let afterId = (await edgeOf(db, filter, limit)) - 1;
  while (left > 0) {
    const query = { ...filter, contains: null, afterId, limit: Math.min(left, pageSize) };
    const page = await readLogs(db, query);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    afterId = last.id;
    left -= page.length;
  }
}

const PAGE = 2_000;

/** The id of the oldest of the newest `limit` lines; 0: there are not so many. */
async function edgeOf(db: Database, filter: LogFilter, limit: number): Promise<number> {
  const conditions = logConditions(filter);
  const [row] = await db.query<{ id: number }>(
    `select id from logs ${whereText(conditions)} order by id desc offset ${limit - 1} limit 1`,
    conditions.parameters,
    { idempotent: true },
  );
  return row?.id ?? 0;
}
