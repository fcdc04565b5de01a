import assert from "node:assert/strict";
import { test } from "node:test";
import { defineJob, JobResult } from "../../src/sandbox/author.ts";
import type { JobContext } from "../../src/sandbox/author.ts";
import { runJob } from "../../src/sandbox/run-job.ts";

test("a job is given what the test says, and its words are kept", async () => {
  const job = defineJob({
    name: "report",
    execute(ctx) {
      const { limit } = ctx.parameters;
      ctx.logger.info("counting", { limit });
      ctx.logger.warn("few");
      const { attempt, scheduledFor } = ctx.execution;
      return JobResult.success()
        .withMessage(`${ctx.job.name} ${attempt} ${scheduledFor?.toISOString()}`)
        .withStats(3, 1);
    },
  });
  const run = await runJob(job, {
    parameters: { limit: 3 },
    attempt: 2,
    scheduledFor: new Date("2026-03-01T02:00:00Z"),
  });
  assert.deepEqual(run.logs, [
    { level: "info", message: "counting", metadata: { limit: 3 } },
    { level: "warn", message: "few", metadata: null },
  ]);
  const { success, message, itemsProcessed, itemsFailed } = run;
  assert.deepEqual([success, itemsProcessed, itemsFailed], [true, 3, 1]);
  assert.equal(message, "report 2 2026-03-01T02:00:00.000Z");
});

test("functions and classes are jobs too; what they throw is for the test to see", async () => {
  assert.deepEqual((await runJob(() => ({ n: 1 }))).value, { n: 1 });
  class Report {
    run(): JobResult {
      return JobResult.failure("no numbers");
    }
  }
  assert.deepEqual([(await runJob(Report)).success], [false]);
  const broken = () => Promise.reject(new RangeError("too many"));
  await assert.rejects(runJob(broken), { name: "RangeError", message: "too many" });
  await assert.rejects(runJob({}), /is no job/);
  await assert.rejects(
    runJob(() => () => 1),
    /JSON cannot carry/,
    "as in a real run",
  );
});

test("queries are answered by the test; a database that it does not give is denied", async () => {
  const job = async (ctx: JobContext): Promise<unknown> => {
    const sql = ctx.database("app");
    return sql.begin((transaction) => transaction`select ${1}::int as n, ${"b"} as b`);
  };
  const asked: unknown[] = [];
  const app = (text: string, parameters: readonly unknown[]) => {
    asked.push(text, parameters);
    return [{ n: 1, b: "b" }];
  };
  const run = await runJob(job, { databases: { app } });
  assert.deepEqual(asked, ["select $1::int as n, $2 as b", [1, "b"]]);
  assert.deepEqual(run.value, [{ n: 1, b: "b" }]);
  await assert.rejects(runJob(job), { code: "ERR_ACCESS_DENIED", resource: "app" });
  const failing = (): never => {
    throw new Error("no such table");
  };
  await assert.rejects(runJob(job, { databases: { app: failing } }), /no such table/);
});

test("a job is told that its run is to end", async () => {
  const controller = new AbortController();
  const run = runJob(
    (ctx: JobContext) =>
      new Promise((resolve) => {
        ctx.signal.addEventListener("abort", () => resolve(String(ctx.signal.reason)));
      }),
    { signal: controller.signal },
  );
  controller.abort();
  assert.equal((await run).value, "AbortError: the run was asked to end");
});
