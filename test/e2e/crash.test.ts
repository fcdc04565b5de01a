import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { findJob } from "../../src/store/jobs.ts";
import { readHistory } from "../../src/store/history.ts";
import { openNodes } from "../../src/store/nodes.ts";
import { cli, startUp } from "../helpers/cli.ts";
import type { RunningCli } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";
import { waitUntil } from "../helpers/wait-until.ts";

const CONFIG = `project: crash
jobs:
  long:
    schedule: {every: 2s}
    command: "sleep 600 & setsid sleep 601 & echo started; wait"
    grace: 1s
  slow: {schedule: "0 0 1 1 *", command: [sleep, "2"]}
`;

/** Processes of a run, whatever group they are in. */
async function tagged(executionId: string): Promise<number[]> {
  const tag = `CRONVERGE_EXECUTION_ID=${executionId}`;
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    if (environment.split("\0").includes(tag)) found.push(Number(pid));
  }
  return found;
}

async function startedRun(up: RunningCli): Promise<string> {
  const line = await up.line((given) => given["event"] === "run_started");
  const executionId = line["execution_id"];
  assert.ok(typeof executionId === "string");
  await waitUntil(async () => (await tagged(executionId)).length >= 3, "its processes");
  return executionId;
}

/** Two signals, the second when the first was heard: the system may make one of two at once. */
async function stopAtOnce(up: RunningCli): Promise<void> {
  up.kill("SIGTERM");
  await up.line((given) => given["event"] === "draining");
  up.kill("SIGTERM");
  assert.equal(await up.ended, 0);
}

test("kill -9 of the scheduler in a run: its processes go, the row says so, the schedule goes on", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const first = startUp(t, options);
  const cut = await startedRun(first);
  first.kill("SIGKILL");
  await first.ended;
  await waitUntil(async () => (await tagged(cut)).length === 0, "the end of its processes");

  const second = startUp(t, options);
  const next = await startedRun(second);
  const { entries } = await readHistory(database, { jobId: null, states: ["abandoned"], limit: 9 });
  assert.deepEqual(
    entries.map(({ id, reason }) => [id, reason]),
    [[cut, "node_died"]],
  );
  assert.notEqual(next, cut);
  await stopAtOnce(second);
  assert.deepEqual(await tagged(next), []);
  assert.deepEqual(await openNodes(database), []);
});

test("kill -9 of the launcher: its runs say so, the next run has a new one", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  const up = startUp(t, { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } });
  const cut = await startedRun(up);
  const children = await readFile(`/proc/${up.pid}/task/${up.pid}/children`, "utf8");
  const commands = await Promise.all(
    children
      .trim()
      .split(" ")
      .map(async (pid) => ({
        pid: Number(pid),
        command: await readFile(`/proc/${pid}/cmdline`, "latin1"),
      })),
  );
  const launcher = commands.find(({ command }) => command.includes("launcher"));
  assert.ok(launcher);
  process.kill(launcher.pid, "SIGKILL");
  const line = await up.line(
    (given) => given["execution_id"] === cut && given["event"] === "run_finished",
  );
  assert.equal(line["reason"], "launcher_died");
  assert.deepEqual(await tagged(cut), []);
  const next = await startedRun(up);
  assert.notEqual(next, cut);
  assert.equal((await findJob(database, "long"))?.lastStatus, "failed");
  await stopAtOnce(up);
});

test("SIGTERM lets a run finish; what was due meanwhile waits for the next start", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, CONFIG.replace(/ {2}long:[^]*?(?= {2}slow)/, ""));
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const up = startUp(t, options);
  await up.line((given) => given["event"] === "applied");
  const run = cli(["jobs", "run", "slow"], options);
  await up.line((given) => given["event"] === "run_started");
  up.kill("SIGTERM");
  assert.equal(await up.ended, 0);
  assert.equal((await run).code, 0, "whoever waited for the run got its result");
  assert.equal((await findJob(database, "slow"))?.lastStatus, "success");
});

test("25 times all connections are cut under load: no crash, no hang, no lost run", async (t) => {
  const { database, url } = await testDatabase(t);
  const jobs = Array.from(
    { length: 6 },
    (_, n) => `  j${n}: {schedule: {every: 1s}, command: ["true"]}\n`,
  );
  const project = await testProject(t, `project: cut\njobs:\n${jobs.join("")}`);
  const up = startUp(t, { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } });
  await up.line((given) => given["event"] === "applied");
  for (let cut = 0; cut < 25; cut += 1) {
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name like 'cronverge%' and datname = current_database()`,
    );
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const [before] = await database.query<{ n: number }>("select count(*) as n from executions");
  await waitUntil(async () => {
    const [now] = await database.query<{ n: number }>(
      "select count(*) as n from executions where status = 'success'",
    );
    return (now?.n ?? 0) > (before?.n ?? 0) + 6;
  }, "new runs after the cuts");
  up.kill("SIGTERM");
  assert.equal(await up.ended, 0);
  const gaps = await database.query(
    `select * from (
       select job_name, scheduled_for, status, reason, scheduled_for - lag(coalesce(covers_until, scheduled_for))
                over (partition by job_id order by scheduled_for) as step
         from executions where scheduled_for is not null) steps
      where step <> interval '1 second'`,
  );
  assert.deepEqual(gaps, [], "each due second of each job has its record");
  // What came due while it stopped may wait for the next start; nothing is left half-way.
  const cut = await database.query("select * from executions where status = 'running'");
  assert.deepEqual(cut, []);
});
