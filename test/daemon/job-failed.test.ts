import assert from "node:assert/strict";
import { hostname } from "node:os";
import { test } from "node:test";
import { limitsStep } from "../../src/daemon/limits.ts";
import { processIdentity } from "../../src/daemon/process-identity.ts";
import { sweepOnce } from "../../src/daemon/sweeper.ts";
import { markStarted } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { searchLogs } from "../../src/store/log-search.ts";
import { attempts } from "../helpers/attempts.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { startEngine } from "../helpers/engine.ts";
import { testNode } from "../helpers/node.ts";
import { claimOne, triggerByHand } from "../helpers/runs.ts";
import { waitUntil } from "../helpers/wait-until.ts";

/** The lines that `logs search "job failed"` finds of a run: each has the trace of the run. */
async function failures(database: Database, executionId: string): Promise<string[]> {
  const lines = await searchLogs(database, {
    level: null,
    since: null,
    jobName: null,
    executionId,
    text: { kind: "literal", text: "job failed" },
    limit: 9,
  });
  for (const line of lines) {
    assert.deepEqual([line.traceId, line.level, line.module], [executionId, "ERROR", "scheduler"]);
  }
  return lines.map(({ message }) => message.split("\n")[0] ?? "");
}

test("a run that failed is found by one line, on whichever road it ran and ended", async (t) => {
  const { database } = await testDatabase(t);
  const shell = (name: string, command: string, given: object = {}) =>
    commandJob(name, { schedule: null, run: { type: "command", command }, ...given });
  await applyJobs(database, [
    shell("fails", "exit 3"),
    shell("due", "exit 3"),
    shell("missed", "exit 3"),
    shell("again", "exit 3", { retry: attempts(2, { initialMs: 1, maxMs: 1 }) }),
    shell("slow", "exec sleep 60", { timeoutMs: 100, graceMs: 100 }),
    shell("cut", "echo here; exec sleep 60", { graceMs: 100 }),
  ]);
  const ids = new Map<string, string>();
  for (const name of ["fails", "due", "missed", "again", "slow", "cut"]) {
    ids.set(name, (await triggerByHand(database, name)).id);
  }
  // What the clock recorded, in time or after an outage, is claimed and run like all the others.
  await database.query("update executions set trigger = 'schedule' where job_name = 'due'");
  await database.query("update executions set trigger = 'catchup' where job_name = 'missed'");
  const { engine, events, stop } = await startEngine(t, database);
  engine.wake();
  for (let ended = 0; ended < 5; ended += 1) await events.next("run_finished");
  const output = "select from logs where job_name = 'cut' and message = 'here'";
  await waitUntil(async () => (await database.query(output)).length > 0, "the run to be cut");
  await stop(0);
  const of = (name: string): Promise<string[]> => failures(database, ids.get(name) ?? "");
  for (const name of ["fails", "due", "missed", "again"]) {
    assert.deepEqual(await of(name), ["Job failed (failed): exit code 3"], name);
  }
  assert.deepEqual(await of("slow"), ["Job failed (timed_out): it ran longer than its timeout"]);
  assert.match((await of("cut")).join(), /^Job failed \(cancelled\): [^,]+$/);
});

test("a run that another node ends is found too, and its line is written with its end", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [
    commandJob("lost", { schedule: null }),
    commandJob("waits", { schedule: null, deadlineMs: 10 }),
  ]);
  const processStart = (await processIdentity(process.pid)) ?? "";
  const here = { host: hostname(), pid: process.pid };
  await testNode(database, "own", { ...here, processStart });
  await testNode(database, "former", { ...here, processStart: processStart.replace(/:\d+/, ":1") });
  const lost = await triggerByHand(database, "lost");
  await markStarted(database, [await claimOne(database, "former")]);
  const waits = await triggerByHand(database, "waits");
  const quiet = { emit: () => undefined };
  const node = { id: "own", steadyInMs: 0 };
  await sweepOnce({
    database,
    embedded: false,
    node,
    leaseMs: 15_000,
    looked: new Set(),
    ...quiet,
  });
  assert.match((await failures(database, lost.id)).join(), /^Job failed \(abandoned\): [^,]+$/);

  const logs = { write: () => assert.fail("nothing is left to be written afterwards") };
  const look = limitsStep({ database, logs, ...quiet });
  await waitUntil(async () => {
    await look();
    return (await failures(database, waits.id)).length > 0;
  }, "the deadline to pass");
  assert.match((await failures(database, waits.id)).join(), /^Job failed \(timed_out\): [^,]+$/);
});
