import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptOutcome } from "../../src/model/execution.ts";
import type { JobPolicies, OverlapPolicy } from "../../src/model/policy.ts";
import { claimPending, markStarted } from "../../src/store/claims.ts";
import type { Claimed } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { testNode } from "../helpers/node.ts";
import { triggerByHand } from "../helpers/runs.ts";

/** The jobs `a` and `b`, which run by hand, `a` by policies that can be changed. */
async function jobs(t: Cleanup, policies: Partial<JobPolicies>) {
  const { database } = await testDatabase(t);
  await testNode(database, "one");
  const change = async (given: Partial<JobPolicies>): Promise<void> => {
    const specs = [commandJob("a", given), commandJob("b", { mutex: "m" })];
    await applyJobs(
      database,
      specs.map((spec) => ({ ...spec, schedule: null })),
    );
  };
  await change(policies);
  const ask = async (count: number, overlap: OverlapPolicy | null = null): Promise<void> => {
    for (let n = 0; n < count; n += 1) await triggerByHand(database, "a", overlap);
  };
  return { database, change, ask };
}

async function start(database: Database): Promise<Claimed[]> {
  const claimed = await claimPending(database, { nodeId: "one", limit: 4, only: null });
  await markStarted(database, claimed);
  return claimed;
}

async function end(database: Database, claims: readonly Claimed[]): Promise<void> {
  const outcome = attemptOutcome({ status: "success" });
  await finishExecutions(
    database,
    claims.map(({ id, fence }) => ({ id, fence, outcome })),
  );
}

/** How many run at a time until nothing waits. */
async function turns(database: Database): Promise<number[]> {
  const found: number[] = [];
  for (;;) {
    const claimed = await start(database);
    if (claimed.length === 0) return found;
    found.push(claimed.length);
    await end(database, claimed);
  }
}

test("what waits goes by the overlap, the concurrency and the mutex that are in force", async (t) => {
  const cases: [from: Partial<JobPolicies>, to: Partial<JobPolicies>, turns: number[]][] = [
    [{ overlap: "queue_all" }, {}, [1, 1, 1, 1]],
    [{ overlap: "queue_all" }, { overlap: "allow" }, [4]],
    [{ overlap: "queue_all" }, { overlap: "queue_all", concurrency: 3 }, [3, 1]],
    [{ overlap: "queue_all", concurrency: 3 }, {}, [1, 1, 1, 1]],
    [{ overlap: "queue_all", mutex: "m" }, { overlap: "queue_all", concurrency: 2 }, [2, 2]],
    [{ overlap: "allow" }, {}, [1, 1, 1, 1]],
    [{ overlap: "allow" }, { overlap: "allow", mutex: "m" }, [1, 1, 1, 1]],
  ];
  const { database, change, ask } = await jobs(t, {});
  for (const [from, to, expected] of cases) {
    await change(from);
    await ask(4);
    await change(to);
    assert.deepEqual(await turns(database), expected, JSON.stringify([from, to]));
  }
});

test("what waits for a slot with its key waits for the new mutex without it", async (t) => {
  const { database, change, ask } = await jobs(t, {});
  await ask(1);
  await triggerByHand(database, "b");
  await change({ mutex: "m" });
  const [first, beside] = await start(database);
  assert.ok(first);
  assert.equal(beside, undefined, "the mutex is one job's");
  await end(database, [first]);
  assert.deepEqual(await turns(database), [1]);
});

test("what waits has the priority that is in force, a backfill one below it", async (t) => {
  const { database, change, ask } = await jobs(t, { overlap: "queue_all", priority: 5 });
  await ask(2);
  await database.query(
    `update executions set trigger = 'backfill', backfill_id = 'x'
      where id = (select max(id) from executions)`,
  );
  await change({ overlap: "queue_all", priority: -5 });
  const rows = await database.query("select trigger, priority from executions order by id");
  assert.deepEqual(rows, [
    { trigger: "manual", priority: -5 },
    { trigger: "backfill", priority: -6 },
  ]);
});

test("what runs, or waits for its next attempt, keeps the key that it has", async (t) => {
  const retry = { attempts: 2, initialMs: 1, factor: 1, maxMs: 1, jitter: 0 };
  const { database, change, ask } = await jobs(t, { overlap: "queue_all", retry });
  await ask(2);
  const [first] = await start(database);
  assert.ok(first);
  await change({ mutex: "m", retry });
  const keys = async (): Promise<(string | null)[]> => {
    const rows = await database.query<{ word: string | null }>(
      `select status || ' ' || replace(exclusive_key, job_id, 'own') as word from executions
        order by id`,
    );
    return rows.map(({ word }) => word);
  };
  assert.deepEqual(await keys(), ["running own", "pending mutex:m"]);
  const outcome = attemptOutcome({ status: "failed" });
  const { id, fence } = first;
  await finishExecutions(database, [{ id, fence, outcome, retryAfterMs: 60_000 }]);
  await change({ overlap: "allow", retry });
  const [held, waiting] = await keys();
  assert.deepEqual([held, waiting], ["pending own", null], "the other needs none");
});

test("a run that was asked for beside others, or not, keeps to that, but for a mutex", async (t) => {
  const { database, change, ask } = await jobs(t, { overlap: "queue_all" });
  await ask(1);
  await ask(2, "allow");
  await change({ overlap: "queue_all", concurrency: 2 });
  const [first] = await turns(database);
  assert.equal(first, 3);

  await change({ overlap: "allow" });
  await ask(2, "queue_all");
  await change({ overlap: "allow", priority: 1 });
  await change({ overlap: "queue_all", concurrency: 2 });
  await change({ overlap: "queue_all", mutex: "m" });
  assert.deepEqual(await turns(database), [1, 1]);
});
