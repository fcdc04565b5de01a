import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { cli, startUp } from "../helpers/cli.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase } from "../helpers/database.ts";
import { anomaliesText, checkHistory } from "../../tools/history/checker.ts";
import { readCheckedJobs, readHistoryRows } from "../../tools/history/read.ts";
import { testProject } from "../helpers/project.ts";

/** Runs until somebody writes the file `go`. */
const UNTIL_GO = JSON.stringify("until [ -e go ]; do sleep 0.05; done");

/** A scheduler with this config, and what a person does beside it. */
async function scheduler(t: Cleanup, config: string) {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, config);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const up = startUp(t, options);
  await up.line((line) => line["event"] === "applied");
  const run = async (words: string): Promise<string[]> => {
    const { stdout } = await cli(["--json", "jobs", "run", ...words.split(" ")], options);
    const runs: { state: string; reason: string | null }[] = JSON.parse(stdout).data.jobs_run;
    return runs.map(({ state, reason }) => (reason === null ? state : `${state}: ${reason}`));
  };
  const started = (): Promise<unknown> => up.line((line) => line["event"] === "run_started");
  const go = (): Promise<void> => writeFile(join(project.root, "go"), "");
  return { database, up, run, started, go };
}

async function untilWaiting(database: { query: (text: string) => Promise<unknown[]> }) {
  const waiting = "select from executions where status = 'pending' limit 1";
  while ((await database.query(waiting)).length === 0) await sleep(20);
}

test("queue_one: a run by hand waits for the one that goes on, a third is refused", async (t) => {
  const { database, run, started, go } = await scheduler(
    t,
    `jobs:\n  line: {command: ${UNTIL_GO}, overlap: queue_one}\n`,
  );
  const first = run("line");
  await started();
  const second = run("line");
  await untilWaiting(database);
  assert.deepEqual(await run("line"), ["skipped: queue_full"]);
  await go();
  assert.deepEqual([...(await first), ...(await second)], ["success", "success"]);
  const anomalies = checkHistory(await readHistoryRows(database), {
    jobs: await readCheckedJobs(database),
  });
  assert.equal(anomaliesText(anomalies), "");
});

test("replace: the newer run takes the place of the one that goes on", async (t) => {
  const { run, started, go } = await scheduler(
    t,
    `jobs:\n  fresh: {command: ${UNTIL_GO}, overlap: replace, grace: 1s}\n`,
  );
  const first = run("fresh");
  await started();
  const second = run("fresh");
  assert.deepEqual(await first, ["cancelled: replaced"]);
  await started();
  await go();
  assert.deepEqual(await second, ["success"]);
});

test("--overlap says for one run what the job does not", async (t) => {
  const { database, run, started, go } = await scheduler(
    t,
    `jobs:\n  plain: {command: ${UNTIL_GO}}\n`,
  );
  const first = run("plain");
  await started();
  assert.deepEqual(await run("plain"), ["skipped: overlap"]);
  const beside = run("plain --overlap allow");
  await started();
  const behind = run("plain --overlap queue_all");
  await untilWaiting(database);
  await go();
  const ended = [await first, await beside, await behind];
  assert.deepEqual(ended.flat(), ["success", "success", "success"]);
});

test("jobs with one mutex run one after another, asked for together", async (t) => {
  const { database, run } = await scheduler(
    t,
    `jobs:
  a: {command: "sleep 0.3", mutex: shared}
  b: {command: "sleep 0.3", mutex: shared}
  c: {command: "sleep 0.3", mutex: shared, priority: 5}
`,
  );
  assert.deepEqual(await run("a b c"), ["success", "success", "success"]);
  const rows = await readHistoryRows(database);
  const anomalies = checkHistory(rows, { jobs: await readCheckedJobs(database) });
  assert.equal(anomaliesText(anomalies), "");
});

test("due times that find their job running are skipped, each with its record", async (t) => {
  const { database, up } = await scheduler(
    t,
    `jobs:\n  often: {schedule: {every: 1s}, command: "sleep 2.5"}\n`,
  );
  for (let ended = 0; ended < 2; ended += 1) {
    await up.line((line) => line["event"] === "run_finished");
  }
  up.kill("SIGTERM");
  await up.ended;
  const rows = await readHistoryRows(database);
  const anomalies = checkHistory(rows, { jobs: await readCheckedJobs(database), latestMs: 5_000 });
  assert.equal(anomaliesText(anomalies), "");
  const skipped = rows.filter(({ reason }) => reason === "overlap");
  assert.ok(skipped.length >= 3, `${skipped.length} skipped`);
});
