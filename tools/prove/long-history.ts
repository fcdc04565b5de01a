import type { Database } from "../../src/store/connection.ts";
import { pruneHistory } from "../../src/store/retention.ts";

/** Executions of so many jobs, a tenth of a second apart, of which five in a hundred did not succeed. */
export async function seedExecutions(
  database: Database,
  { rows, jobs }: { rows: number; jobs: number },
): Promise<void> {
  await long(
    database,
    `insert into scheduled_jobs (id, job_name, schedule, spec, spec_hash)
     select 'job-' || n, 'job-' || n, '@daily', '{}', 'x' from generate_series(0, ${jobs - 1}) n`,
  );
  await long(
    database,
    "insert into job_clock (job_id, anchor) select id, clock_timestamp() from scheduled_jobs",
  );
  await inParts(rows, async (from, to) => {
    await long(
      database,
      `insert into executions (id, job_id, job_name, trigger, scheduled_for, due_at, available_at,
           status, reason, attempt, created_at, started_at, finished_at, duration_ms, error, trace_id)
       select ${ID}, 'job-' || n % ${jobs}, 'job-' || n % ${jobs}, 'schedule', at, at, at, status,
              case when status = 'skipped' then 'overlap' end, 1, at,
              case when status <> 'skipped' then at + interval '5 ms' end, at + interval '50 ms', 45,
              case when status = 'failed' then 'exit code 1' end, ${ID}
         from generate_series(${from}, ${to}) n
        cross join lateral (select ${timeOf(rows)}) t(at)
        cross join lateral (select case n % 100 when 0 then 'failed' when 1 then 'failed'
            when 2 then 'failed' when 3 then 'timed_out' when 4 then 'skipped'
            else 'success' end) s(status)`,
    );
  });
  // As a scheduler does every minute: it adds up what was counted.
  const { signal } = new AbortController();
  await pruneHistory(database, { ...KEPT, executionsPerJob: rows }, { signal });
}

const YEAR_MS = 366 * 24 * 3_600_000;

/** All that these rows are. */
const KEPT = { executionAgeMs: 100 * YEAR_MS, logAgeMs: 100 * YEAR_MS, versionsPerJob: 10 };

/** What half of the rows say is routine, one in fifty is a failure, the rest is the output of jobs. */
export async function seedLogs(
  database: Database,
  { rows, jobs }: { rows: number; jobs: number },
): Promise<void> {
  await inParts(rows, async (from, to) => {
    await long(
      database,
      `insert into logs (timestamp, level, module, message, job_name, execution_id, trace_id)
       select ${timeOf(rows)},
              case when n % 50 = 0 then 'ERROR' when n % 49 = 0 then 'WARN' else 'INFO' end,
              case when n % 50 = 0 or n % 2 = 0 then 'scheduler' else 'stdout' end,
              case when n % 50 = 0 then 'Job failed (failed): exit code ' || n % 7
                   when n % 49 = 0 then 'order ' || n || ' has no address'
                   when n % 2 = 0 then 'Job succeeded'
                   else 'processed order ' || n || ' for customer ' || n % 5000
                     || case when n = ${RARE_INFO_AT} then ' needle' else '' end end,
              'job-' || n % ${jobs}, ${ID}, ${ID}
         from generate_series(${from}, ${to}) n`,
    );
  });
  await long(
    database,
    `update logs set level = 'ERROR', message = 'disk quota exceeded on /srv'
      where id in (select id from logs where level = 'WARN' order by id limit 3)`,
  );
}

/** Where in the log the text "needle" stands once, among what is not indexed. */
const RARE_INFO_AT = 301;

/** What a server that has been running for long has done in the meantime. */
export async function settle(database: Database): Promise<void> {
  for (const table of ["executions", "execution_counts", "logs"])
    await long(database, `vacuum analyze ${table}`);
}

const ID = `lpad(to_hex(1700000000000 + n * 100), 12, '0') || '-7000-8000-' || lpad(n::text, 12, '0')`;

function timeOf(rows: number): string {
  return `clock_timestamp() - interval '1 hour' - (${rows} - n) * interval '100 ms'`;
}

const PART = 50_000;

async function inParts(
  rows: number,
  insert: (from: number, to: number) => Promise<void>,
): Promise<void> {
  for (let from = 1; from <= rows; from += PART) {
    await insert(from, Math.min(rows, from + PART - 1));
  }
}

async function long(database: Database, statement: string): Promise<void> {
  await database.query(statement, [], { deadlineMs: 600_000 });
}
