import type { Database } from "../../src/store/connection.ts";
import { pruneHistory } from "../../src/store/retention.ts";
import type { Lateness } from "../bench/lateness.ts";
import { measureSteady, startNode } from "../bench/lateness.ts";
import { makeTemplate } from "../bench/roads.ts";
import { startServer } from "../bench/server.ts";
import type { Cleanup } from "../../test/helpers/database.ts";

/** What a long history costs those who run beside it. */
export interface BigHistoryFound {
  /** Of jobs that are due each second, beside the rows. */
  resting: Lateness;
  /** The same while the older half of the rows is pruned. */
  pruning: Lateness;
  pruned: number;
  /** The table with its indexes, before and after. */
  megabytes: [before: number, after: number];
}

const JOBS = 1_000;
const SECONDS = 20;
const AGE_MS = 90 * 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

/** Keeps `rows` ended executions of 180 days, runs jobs beside them, then prunes half of them. */
export async function proveBigHistory(
  t: Cleanup,
  { rows, pruneMs }: { rows: number; pruneMs: number },
): Promise<BigHistoryFound> {
  const server = await startServer();
  t.after(async () => server[Symbol.asyncDispose]());
  await makeTemplate(server, JOBS);
  await using node = await startNode(server);
  const { database } = node;
  await fill(database, rows);
  const before = await megabytesOf(database);
  const resting = await measureSteady(node, SECONDS);
  const stop = AbortSignal.timeout(pruneMs);
  const retention = {
    executionAgeMs: AGE_MS,
    executionsPerJob: rows,
    logAgeMs: AGE_MS,
    versionsPerJob: 10,
  };
  const pruning = pruneHistory(database, retention, { signal: stop });
  const during = await measureSteady(node, SECONDS);
  const { executions } = await pruning;
  await database.query("vacuum executions");
  return {
    resting,
    pruning: during,
    pruned: executions,
    megabytes: [before, await megabytesOf(database)],
  };
}

/** Bare rows are quick to write, and indexes of all of them at once are quick to make. */
async function fill(database: Database, rows: number): Promise<void> {
  const indexes = await database.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
      where schemaname = current_schema() and tablename = 'executions'
        and indexname <> 'executions_pkey'`,
  );
  for (const { name } of indexes) await database.query(`drop index ${name}`);
  for (let from = 0; from < rows; from += CHUNK) {
    const to = Math.min(rows, from + CHUNK) - 1;
    await database.query(ROWS, [from, to, rows, 2 * AGE_MS], { deadlineMs: DAY_MS });
  }
  for (const { definition } of indexes) {
    await database.transaction((tx) => tx.script(definition), { deadlineMs: DAY_MS });
  }
  await database.transaction((tx) => tx.script("analyze executions"), { deadlineMs: DAY_MS });
}

const CHUNK = 250_000;

// The ids rise with the time, as those of real rows do.
const ROWS = `
insert into executions (id, job_id, job_name, trigger, scheduled_for, available_at, due_at, status,
    exclusive_key, attempt, fence, created_at, started_at, finished_at, duration_ms, message, trace_id)
select '00' || lpad(to_hex(n), 34, '0'), j.id, j.job_name, 'schedule', at.at, at.at, at.at, 'success',
       j.id, 1, 1, at.at, at.at, at.at, 12, 'nothing was done', to_hex(n)
  from generate_series($1::bigint, $2::bigint) n
  join (select id, job_name, row_number() over (order by id) - 1 as k from scheduled_jobs) j
    on j.k = n % ${JOBS}
 cross join lateral (select date_trunc('milliseconds', clock_timestamp()
       - ($3::bigint - n) * $4::float8 / $3 * interval '1 ms') as at) at`;

async function megabytesOf(database: Database): Promise<number> {
  const [row] = await database.query<{ bytes: number }>(
    "select pg_total_relation_size('executions') as bytes",
  );
  return Math.round((row?.bytes ?? 0) / 1e6);
}
