import assert from "node:assert/strict";
import { test } from "node:test";
import type { PruneMemory } from "../../src/store/retention.ts";
import { pruneHistory } from "../../src/store/retention.ts";
import { pruneSurplus } from "../../src/store/surplus.ts";
import { pruneLogs } from "../../src/store/log-retention.ts";
import { appendLogs, readLogs } from "../../src/store/logs.ts";
import { findJob } from "../../src/store/jobs.ts";
import { testNode } from "../helpers/node.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";

const DAY_MS = 86_400_000;
const keep = {
  executionAgeMs: 90 * DAY_MS,
  executionsPerJob: 10_000,
  logAgeMs: 30 * DAY_MS,
  versionsPerJob: 2,
};

test("history older than its age, or beyond its count, goes; what is open stays", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const job = await findJob(database, "a");
  await database.query(
    `insert into executions (id, job_id, job_name, trigger, available_at, status, finished_at, trace_id)
     select lpad(n::text, 9, '0'), $1, 'a', 'manual', now(), case when n = 1 then 'pending' else 'success' end,
            now() - case when n <= 1500 then interval '91 days' else interval '1 day' end, 'x'
       from generate_series(1, 3000) n`,
    [job?.id ?? ""],
  );
  const signal = new AbortController().signal;
  const byAge = await pruneHistory(database, keep, { signal });
  assert.equal(byAge.executions, 1_499);
  const byCount = await pruneHistory(database, { ...keep, executionsPerJob: 10 }, { signal });
  assert.equal(byCount.executions, 1_490);
  const [open] = await database.query("select id from executions where status = 'pending'");
  assert.ok(open);
});

test("with a memory, the jobs are looked at in turn, all of them within an hour", async (t) => {
  const { database } = await testDatabase(t);
  await database.query(
    `insert into scheduled_jobs (id, job_name, schedule, spec, spec_hash)
     select lpad(n::text, 4, '0'), 'job-' || n, '', '{}', '' from generate_series(1, 2500) n`,
  );
  const record = (): Promise<unknown> =>
    database.query(
      `insert into executions (id, job_id, job_name, trigger, available_at, status, trace_id)
       select j.id || ' ' || clock_timestamp(), j.id, j.job_name, 'manual', now(), 'success', ''
         from scheduled_jobs j`,
    );
  await record();
  await record();
  const memory: PruneMemory = { logs: {}, round: { after: "" } };
  const { signal } = new AbortController();
  const pass = async (): Promise<number> =>
    (await pruneHistory(database, { ...keep, executionsPerJob: 1 }, { signal, memory })).executions;
  assert.deepEqual([await pass(), await pass()], [1_000, 1_000]);
  assert.equal(memory.round.after, "2000");
  await record();
  assert.deepEqual([await pass(), await pass()], [1_000, 1_000], "two of the last, then the first");
  const all = await pruneHistory(database, { ...keep, executionsPerJob: 1 }, { signal });
  assert.equal(all.executions, 1_000, "without one, all of them");
});

test("a share of the jobs is looked at, however many each may keep", async (t) => {
  const { database } = await testDatabase(t);
  await database.query(
    `insert into scheduled_jobs (id, job_name, schedule, spec, spec_hash)
     select lpad(n::text, 4, '0'), 'job-' || n, '', '{}', '' from generate_series(1, 500) n`,
  );
  const { signal } = new AbortController();
  const round = { after: "" };
  for (let n = 0; n < 50; n += 1) {
    await pruneSurplus(database, { perJob: 10_000_000, signal, round });
    assert.equal(round.after, String((n + 1) * 10).padStart(4, "0"));
  }
  await pruneSurplus(database, { perJob: 10_000_000, signal, round });
  assert.equal(round.after, "", "the next round");
});

test("what cannot be pruned keeps nothing else from being pruned, and is told once", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  await testNode(database, "old");
  await database.query(
    `insert into executions (id, job_id, job_name, trigger, available_at, status, finished_at, trace_id)
     select n::text, id, 'a', 'manual', now(), 'success', now() - interval '1 year', ''
       from scheduled_jobs, generate_series(1, 3) n`,
  );
  await database.query(
    `insert into logs (timestamp, level, module, message)
     values (now() - interval '1 year', 'INFO', 'm', 'old')`,
  );
  await database.query("update nodes set state = 'dead', stopped_at = now() - interval '1 year'");
  await database.query(
    `create function refuse() returns trigger language plpgsql as $$
     begin raise 'not now'; end $$`,
  );
  await database.query(
    "create trigger refuse before delete on executions execute function refuse()",
  );
  const { signal } = new AbortController();
  const pruning = pruneHistory(database, { ...keep, executionsPerJob: 1 }, { signal });
  await assert.rejects(pruning, {
    code: "database_failed",
    message: /^old executions, executions beyond per_job: [^:;]*: not now$/,
  });
  const left = await database.query(
    `select (select count(*) from executions) as executions, (select count(*) from logs) as logs,
            (select count(*) from nodes) as nodes`,
  );
  assert.deepEqual(left, [{ executions: 3, logs: 0, nodes: 0 }]);
});

test("old decisions go, but for the one that was in force when the oldest record was made", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a"), commandJob("b")]);
  await database.query("delete from job_events");
  const ids = new Map<string, string>();
  for (const name of ["a", "b"]) ids.set(name, (await findJob(database, name))?.id ?? "");
  const leave = (name: string, days: number[]): Promise<unknown> =>
    database.query(
      `insert into job_events (job_id, at, kind)
       select $1, now() - make_interval(days => days), 'changed' from unnest($2::int[]) days`,
      [ids.get(name) ?? "", days],
    );
  await leave("a", [300, 200, 100, 50, 1]);
  await leave("b", Array.from({ length: 2_500 }, () => 400).concat(399));
  const pruned = await pruneHistory(database, keep, { signal: new AbortController().signal });
  assert.equal(pruned.decisions, 2 + 2_500);
  const left = await database.query<{ days: number }>(
    `select round(extract(epoch from now() - at) / 86400)::int as days from job_events
      order by job_id = $1 desc, at`,
    [ids.get("a") ?? ""],
  );
  assert.deepEqual(
    left.map(({ days }) => days),
    [100, 50, 1, 399],
  );
  const again = await pruneHistory(database, keep, { signal: new AbortController().signal });
  assert.equal(again.decisions, 0);
});

test("versions beyond their count go with their code, the one in force never", async (t) => {
  const { database } = await testDatabase(t);
  const plugin = commandJob("p", { run: { type: "plugin", plugin: "p", export: null } });
  for (const sha256 of ["a", "b", "c", "d", "a"]) {
    await applyJobs(database, [plugin], {
      codes: new Map([["p", { sha256, code: sha256, map: "" }]]),
    });
  }
  const pruned = await pruneHistory(database, keep, { signal: new AbortController().signal });
  assert.equal(pruned.versions, 1);
  const left = await database.query<{ sha256: string }>("select sha256 from job_code order by 1");
  assert.deepEqual(
    left.map((row) => row.sha256),
    ["a", "c", "d"],
  );
});

test("logs are read in order, filtered, followed, and pruned by age", async (t) => {
  const { database } = await testDatabase(t);
  const line = (message: string, ageDays: number, jobName: string) => ({
    at: new Date(Date.now() - ageDays * DAY_MS).toISOString(),
    level: "info" as const,
    module: "job",
    message,
    metadata: null,
    jobName,
    executionId: "e",
    traceId: "e",
  });
  await appendLogs(database, [
    line("old", 40, "a-b"),
    line("50% done_", 1, "a-b"),
    line("other", 1, "c"),
  ]);
  const all = { level: null, since: null, jobName: null, executionId: null, contains: null };
  const named = await readLogs(database, { ...all, jobName: "a_b", afterId: null, limit: 9 });
  assert.deepEqual(
    named.map((entry) => entry.message),
    ["old", "50% done_"],
  );
  const literal = await readLogs(database, {
    ...all,
    contains: "0% DONE_",
    afterId: null,
    limit: 9,
  });
  assert.equal(literal.length, 1, "the pattern is literal");
  const followed = await readLogs(database, { ...all, afterId: named[0]?.id ?? 0, limit: 1 });
  assert.deepEqual(
    followed.map((entry) => entry.message),
    ["50% done_"],
  );
  const pruned = await pruneLogs(database, { age: 30 * DAY_MS, isOver: () => false });
  assert.deepEqual(pruned, { deleted: 1, finished: true });
});

test("what was told goes with the logs of its time; what is still to be told stays", async (t) => {
  const { database } = await testDatabase(t);
  await database.query(
    `insert into outbox (id, kind, job_id, job_name, payload, sent_at, failed_at)
     select n::text, 'failed', 'j', 'a', '{}',
            case n when 1 then now() - interval '31 days' when 2 then now() end,
            case n when 3 then now() - interval '31 days' end
       from generate_series(1, 4) n`,
  );
  const pruned = await pruneHistory(database, keep, { signal: new AbortController().signal });
  assert.equal(pruned.notices, 2);
  const left = await database.query("select id from outbox order by id");
  assert.deepEqual(left, [{ id: "2" }, { id: "4" }]);
});

test("nodes go with the executions of their time; one that lives stays, however old", async (t) => {
  const { database } = await testDatabase(t);
  for (const id of ["old", "dead", "new", "alive"]) await testNode(database, id);
  await database.query(
    `update nodes set started_at = now() - interval '1 year',
            state = case id when 'alive' then 'live' when 'dead' then 'dead' else 'stopped' end,
            stopped_at = case id when 'alive' then null when 'new' then now()
                                 else now() - interval '100 days' end`,
  );
  const pruned = await pruneHistory(database, keep, { signal: new AbortController().signal });
  assert.equal(pruned.nodes, 2);
  const left = await database.query("select id from nodes order by id");
  assert.deepEqual(left, [{ id: "alive" }, { id: "new" }]);
});
