import assert from "node:assert/strict";
import { test } from "node:test";
import { jobsHistory } from "../../src/cli/commands/jobs-history.ts";
import { nodesList } from "../../src/cli/commands/nodes-list.ts";
import { status } from "../../src/cli/commands/status.ts";
import type { HistoryData } from "../../src/views/history.ts";
import type { NodesData } from "../../src/views/nodes.ts";
import { drainNode, stopNode } from "../../src/store/nodes.ts";
import type { StatusData } from "../../src/views/status.ts";
import { plain } from "../helpers/golden.ts";
import { testNode } from "../helpers/node.ts";
import { daily, later, noon } from "./daily.ts";
import { leave, ledgerProject } from "./ledger-project.ts";

test("what is recorded within one millisecond is in the order of its due times", async (t) => {
  const { database, apply, context } = await ledgerProject(t);
  await apply(daily("a"), daily("b"));
  const createdAt = noon(0);
  const days = [3, 1, 5, 2, 4];
  for (const day of days)
    await leave(database, "a", { at: noon(day), status: "pending", createdAt });
  const history = async (limit: number): Promise<(string | null)[]> => {
    const { data } = await jobsHistory(context, { limit });
    return (data as HistoryData).entries.map(({ scheduled_for }) => scheduled_for);
  };
  const newestFirst = [1, 2, 3, 4, 5].map(noon);
  assert.deepEqual(await history(9), newestFirst);
  assert.deepEqual(await history(2), newestFirst.slice(0, 2), "the newest are not cut away");
  const startedAt = later(createdAt, 1_000);
  await leave(database, "b", { at: noon(6), status: "running", createdAt, startedAt });
  assert.deepEqual(await history(1), [noon(6)], "what started last is the newest");
});

test("history says what it hides", async (t) => {
  const { database, apply, context } = await ledgerProject(t);
  await apply(daily("a"), daily("b"));
  const skipped = { status: "skipped", reason: "overlap" } as const;
  await leave(database, "a", { at: noon(1), status: "success" });
  for (const day of [2, 3]) await leave(database, "a", { at: noon(day), ...skipped });
  await leave(database, "b", { at: noon(2), ...skipped });
  const history = async (given: { job?: string; status?: string }): Promise<string> =>
    (await jobsHistory(context, { limit: 20, ...given })).text({ color: plain, width: 100 });
  assert.match(await history({}), /\n3 skipped are hidden; add --status skipped to see them\n$/);
  assert.match(await history({ job: "b" }), /^No executions match\.\n1 skipped is hidden/);
  assert.doesNotMatch(await history({ status: "skipped" }), /hidden/);
  assert.doesNotMatch(await history({ status: "success" }), /hidden/);
});

test("a node that takes nothing new is no node that runs jobs, and nodes list counts before its limit", async (t) => {
  const { database, context } = await ledgerProject(t);
  await testNode(database, "clock", { role: "clock" });
  await testNode(database, "worker", { role: "worker" });
  const problems = async (): Promise<string[]> =>
    ((await status(context)).data as StatusData).problems;
  assert.deepEqual(await problems(), []);
  await drainNode(database, "worker");
  assert.match(
    (await problems()).join(),
    /^no node takes new runs: .* older than the database's schema$/,
  );
  await stopNode(database, "worker");
  assert.match(
    (await problems()).join(),
    /^no node runs jobs; start one: cronverge up --role worker$/,
  );
  const listed = await nodesList(context, { all: true, limit: 1 });
  const { nodes, total } = listed.data as NodesData;
  assert.deepEqual([nodes.length, total], [1, 2]);
  assert.match(listed.text({ color: plain, width: 100 }), /\n1 more; -n shows them\n$/);
});

test("status tells what failed from what was cancelled, and what is paused from what crashed", async (t) => {
  const { database, apply, context } = await ledgerProject(t);
  await apply(daily("a"), daily("b"), daily("c"), daily("d"));
  const read = async (): Promise<StatusData> => (await status(context)).data as StatusData;
  const end = async (
    job: string,
    given: { day: number; state: string; reason: string | null },
  ): Promise<void> => {
    const id = await leave(database, job, { at: noon(given.day), status: "success" });
    await database.query("update executions set status = $2, reason = $3 where id = $1", [
      id,
      given.state,
      given.reason,
    ]);
  };
  await end("a", { day: 2, state: "success", reason: null });
  await end("a", { day: 1, state: "cancelled", reason: "replaced" });
  await end("b", { day: 2, state: "failed", reason: "exit_code" });
  await end("b", { day: 1, state: "cancelled", reason: "replaced" });
  await end("c", { day: 1, state: "cancelled", reason: "cancel_requested" });
  await end("d", { day: 1, state: "timed_out", reason: "timeout" });
  await database.query(
    "insert into job_totals (job_id, last_status, last_error) select id, 'failed', 'cancelled: replaced' from scheduled_jobs",
  );
  assert.deepEqual((await read()).failing, [
    { job_name: "b", error: "its process ended with a code other than 0" },
    { job_name: "d", error: "it ran longer than its timeout" },
  ]);
  await database.query(
    `update scheduled_jobs set runtime_status = 'crashed', crashed = 'paused after 2 failures',
            paused_at = '2026-11-20T10:00:00Z' where job_name = 'b'`,
  );
  await database.query(
    "update scheduled_jobs set runtime_status = 'crashed', crashed = 'no such export' where job_name = 'c'",
  );
  const { failing, crashed, paused, jobs, problems } = await read();
  assert.deepEqual(
    failing.map(({ job_name }) => job_name),
    ["d"],
  );
  assert.deepEqual([crashed.length, jobs.crashed, jobs.paused], [1, 1, 1]);
  assert.deepEqual(paused, [
    { job_name: "b", since: "2026-11-20T10:00:00.000Z", error: "paused after 2 failures" },
  ]);
  assert.ok(problems.includes("c crashed: no such export"));
  assert.ok(problems.includes("b is paused after 2 failures; to go on: cronverge jobs enable b"));
});
