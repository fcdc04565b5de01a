import type { Database } from "../../src/store/connection.ts";

/** Rows of one statement: few enough for the server's time limit on a slow machine. */
const CHUNK = 20_000;

/** A table to be filled: `n` counts from 1, and is a part of every key. */
interface Filling {
  into: string;
  select: string;
  count: number;
}

/**
 * Fills the tables that the clean-ups work on: so many lines of logs and executions, a tenth of it of
 * the rest. Of each a part is meant and a part is not.
 */
export async function addMaintenanceRows(database: Database, rows: number): Promise<void> {
  await database.query(
    "insert into users (id, name, email) values ('ann', 'ann', 'ann@example.org')",
  );
  for (const { into, select, count } of fillings(rows)) {
    for (let from = 1; from <= count; from += CHUNK) {
      const to = Math.min(count, from + CHUNK - 1);
      await database.query(
        `insert into ${into} select ${select} from generate_series($1::int, $2::int) n`,
        [from, to],
        { deadlineMs: 60_000 },
      );
    }
  }
  await database.query("analyze", [], { deadlineMs: 60_000 });
}

function fillings(rows: number): Filling[] {
  const tenth = Math.ceil(rows / 10);
  return [
    {
      into: "logs (level, module, message, user_id, timestamp)",
      // A quarter each: old lines of jobs and of a user, lines of nobody, lines to be kept.
      select: `'INFO', 'job', 'line ' || n,
        (array[null, 'ann', 'gone-' || n % 50, 'ann'])[n % 4 + 1],
        now() - case when n % 4 < 2 then interval '40 days' else interval '2 days' end
          - n * interval '1 ms'`,
      count: rows,
    },
    {
      into: `executions (id, job_id, job_name, trigger, available_at, status, finished_at, trace_id)`,
      select: `lpad(n::text, 9, '0'), 'gone', 'gone', 'manual', now() - interval '91 days',
        'success', now() - interval '91 days', 'x'`,
      count: rows,
    },
    {
      into: `user_sessions (session_id, last_activity_at, started_at, ip_address, is_scanner,
        fingerprint_hash)`,
      select: `'s' || n, now() - (n % 4) * interval '20 hours' - n * interval '1 ms', now() - (n % 23) * interval '1 hour',
        case when n % 20 = 0 then '198.51.100.' || n % 3
             else '203.0.' || n % 250 || '.' || n / 250 % 250 end,
        n % 20 = 0, 'f' || n % 1000`,
      count: tenth,
    },
    {
      into: "user_contexts (context_id, user_id, name, created_at)",
      select: "'c' || n, 'ann', '', now() - interval '2 days' - n * interval '1 ms'",
      count: tenth,
    },
    {
      into: "task_messages (task_id, message_id, role, context_id)",
      select: "'t', 'm' || n, 'user', 'c' || 2 * n",
      count: Math.floor(tenth / 2),
    },
    {
      into: "oauth_refresh_tokens (token_id, client_id, user_id, scope, expires_at)",
      select: "'r' || n, 'c', 'ann', 's', now() + (n % 2 * 2 - 1) * interval '1 day'",
      count: tenth,
    },
    {
      into: "fingerprint_reputation (fingerprint_hash, requests_last_hour, last_ip_address)",
      select: "'f' || n, n % 10 * 100, '198.51.100.' || n % 200",
      count: tenth,
    },
  ];
}
