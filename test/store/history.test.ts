import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExecutionStatus } from "../../src/model/execution.ts";
import type { Database } from "../../src/store/connection.ts";
import { countHistory, readHistory } from "../../src/store/history.ts";
import { pruneHistory } from "../../src/store/retention.ts";
import { SURPLUS_EXECUTIONS } from "../../src/store/surplus.ts";
import { testDatabase } from "../helpers/database.ts";

const ALL: ExecutionStatus[] = [
  "pending",
  "running",
  "success",
  "failed",
  "timed_out",
  "cancelled",
  "skipped",
  "abandoned",
];

const KEEP_ALL = {
  executionAgeMs: 1e12,
  executionsPerJob: 1_000_000,
  logAgeMs: 1e12,
  versionsPerJob: 9,
};

/** Rows of two jobs in all states, recorded a second apart, started at once where they ran. */
async function seed(database: Database, rows: number): Promise<void> {
  await database.query(
    `insert into scheduled_jobs (id, job_name, schedule, spec, spec_hash)
     values ('a', 'a', '', '{}', ''), ('b', 'b', '', '{}', '')`,
  );
  await database.query(
    `insert into executions (id, job_id, job_name, trigger, available_at, status, created_at,
                             started_at, trace_id)
     select '01900000-' || lpad(to_hex(n), 4, '0') || '-7000-8000-' || lpad(n::text, 12, '0'),
            case n % 3 when 0 then 'a' else 'b' end, '', 'manual', at, status, at,
            case when status not in ('pending', 'skipped', 'cancelled') then at end, ''
       from generate_series(1, $1::integer) n
      cross join lateral (select timestamptz '2026-01-01Z' + n * interval '1 second',
                                 ($2::text[])[1 + n % 8]) s(at, status)`,
    [rows, ALL],
  );
}

/** What a full count says; the number that is shown must be the same. */
async function counted(
  database: Database,
  { jobId, states }: { jobId: string | null; states: ExecutionStatus[] },
): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    `select count(*) as n from executions
      where ($1::text is null or job_id = $1) and status = any ($2::text[])`,
    [jobId, states],
  );
  return row?.n ?? NaN;
}

async function assertCounts(database: Database, when: string): Promise<void> {
  const questions = [ALL, ["success"], ["failed", "pending"], ["success", "running"], ["skipped"]];
  for (const states of questions as ExecutionStatus[][]) {
    for (const jobId of [null, "a", "nobody"]) {
      const wanted = await counted(database, { jobId, states });
      assert.equal(
        await countHistory(database, { jobId, states }),
        wanted,
        `${when}: ${states.join()}`,
      );
    }
  }
}

test("totals are exact whoever wrote, changed or deleted the rows, and however", async (t) => {
  const { database } = await testDatabase(t);
  await assertCounts(database, "empty");
  await seed(database, 100);
  await assertCounts(database, "inserted");
  await database.query("update executions set status = 'success' where status = 'running'");
  await assertCounts(database, "ended");
  await database.query(
    "update executions set status = 'failed' where status = 'success' and job_id = 'a'",
  );
  await assertCounts(database, "rewritten by hand");
  await database.query("delete from executions where right(id, 1) = '7'");
  await assertCounts(database, "deleted");
  await database
    .transaction(async (tx) => {
      await tx.query("delete from executions");
      await tx.query("insert into execution_counts values ('success', 99)");
      throw new Error("undone");
    })
    .catch(() => undefined);
  await assertCounts(database, "rolled back");
  for (let n = 0; n < 120; n += 1) {
    await database.query(
      "update executions set status = case status when 'failed' then 'timed_out' else 'failed' end where id = (select min(id) from executions where status in ('failed', 'timed_out'))",
    );
  }
  await pruneHistory(database, KEEP_ALL, { signal: new AbortController().signal });
  const [{ n } = { n: NaN }] = await database.query<{ n: number }>(
    "select count(*) as n from execution_counts",
  );
  assert.ok(n <= 8, `${n} changes are left to add up`);
  await assertCounts(database, "added up");
  await database.query("truncate executions");
  await assertCounts(database, "truncated");
});

test("the newest come first by their start, of all, of a job and of a state, before the limit", async (t) => {
  const { database } = await testDatabase(t);
  await seed(database, 200);
  // One that waited for an hour, or was tried again; and many that were recorded in one millisecond.
  await database.query(
    `update executions set started_at = timestamptz '2026-01-01 01:00Z' + right(id, 3)::integer * interval '1 ms'
      where status = 'success' and right(id, 3)::integer < 40`,
  );
  await database.query(
    `insert into executions (id, job_id, job_name, trigger, scheduled_for, available_at, status,
                             created_at, started_at, trace_id)
     select '01900000-0200-7000-8000-' || left(md5(n::text), 12), 'a', '', 'catchup',
            timestamptz '2025-12-01Z' + n * interval '1 hour', now(), 'success',
            timestamptz '2026-01-01 00:30Z', timestamptz '2026-01-01 00:30Z', ''
       from generate_series(1, 30) n`,
  );
  for (const jobId of [null, "a", "b"]) {
    for (const states of [
      ALL,
      ["success"],
      ["failed"],
      ["success", "failed"],
    ] as ExecutionStatus[][]) {
      for (const limit of [1, 7, 20, 500]) {
        const wanted = await database.query<{ id: string }>(
          `select id from executions e where ($1::text is null or job_id = $1) and status = any ($2)
            order by coalesce(started_at, created_at) desc, scheduled_for desc nulls last, id desc
            limit $3`,
          [jobId, states, limit],
        );
        const { entries, total } = await readHistory(database, { jobId, states, limit });
        assert.deepEqual(
          entries.map(({ id }) => id),
          wanted.map(({ id }) => id),
          `${jobId} ${states.join()} ${limit}`,
        );
        assert.equal(total, await counted(database, { jobId, states }), "before the limit");
      }
    }
  }
  assert.deepEqual(await readHistory(database, { jobId: null, states: [], limit: 5 }), {
    entries: [],
    total: 0,
  });
});

test("a history of a stretch of time has what started in it, or was recorded in it and never did", async (t) => {
  const { database } = await testDatabase(t);
  await seed(database, 400);
  // Recorded before the stretch, started in it.
  await database.query(
    `update executions set started_at = created_at + interval '1 minute'
      where started_at is not null and id like '%7'`,
  );
  const times = [null, new Date("2026-01-01T00:02:00Z"), new Date("2026-01-01T00:05:00Z")];
  for (const since of times) {
    for (const until of times) {
      for (const jobId of [null, "a"]) {
        for (const states of [ALL, ["success"], ["pending", "failed"]] as ExecutionStatus[][]) {
          const wanted = await database.query<{ id: string }>(
            `select id from executions e
              where ($1::text is null or job_id = $1) and status = any ($2)
                and coalesce(coalesce(started_at, created_at) >= $3::timestamptz, true)
                and coalesce(coalesce(started_at, created_at) < $4::timestamptz, true)
              order by coalesce(started_at, created_at) desc, id desc`,
            [jobId, states, since, until],
          );
          const question = { jobId, states, since, until };
          const { entries, total } = await readHistory(database, { ...question, limit: 9 });
          assert.deepEqual(
            entries.map(({ id }) => id),
            wanted.slice(0, 9).map(({ id }) => id),
          );
          assert.equal(total, wanted.length);
        }
      }
    }
  }
});

test("of surplus executions, only the rows of their job are read", async (t) => {
  const { database } = await testDatabase(t);
  await seed(database, 3_000);
  await database.query("analyze executions");
  const plan = await database.transaction(async (tx) => {
    // Of a small table, all is read sooner than chosen.
    await tx.script("set local enable_seqscan = off; set local enable_bitmapscan = off");
    const given: Record<string, string> = { $1: "10", $2: "1000", $3: "''", $4: "100" };
    const text = SURPLUS_EXECUTIONS.replaceAll(/\$\d/g, (name) => given[name] ?? name);
    const rows = await tx.query<{ "QUERY PLAN": string }>(`explain ${text}`);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  });
  assert.match(plan, /Scan Backward using executions_history on executions e /);
  assert.match(plan, /Scan using executions_history on executions e_1 /);
  assert.doesNotMatch(plan, /Filter: .*job_id/);
  const { signal } = new AbortController();
  const pruned = await pruneHistory(database, { ...KEEP_ALL, executionsPerJob: 10 }, { signal });
  assert.ok(pruned.executions > 2_000);
  await assertCounts(database, "pruned");
});
