import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Database } from "../../src/store/connection.ts";
import type { JobExecution } from "../../src/store/executions.ts";
import { readHistory } from "../../src/store/history.ts";
import type { Took } from "../../src/views/elapsed.ts";
import { parseOutput } from "../cli/output-schemas.ts";
import { cli, startUp } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { startServer } from "../helpers/http-server.ts";
import { testProject } from "../helpers/project.ts";
import { waitUntil } from "../helpers/wait-until.ts";
import type { Line } from "./watching.ts";
import { event, stopUp } from "./watching.ts";

const contentOf = (file: string): Promise<string> => readFile(file, "utf8").catch(() => "");

async function oldest(database: Database): Promise<JobExecution> {
  const states = ["success", "failed", "pending", "running", "abandoned", "cancelled"] as const;
  const { entries } = await readHistory(database, { jobId: null, states: [...states], limit: 99 });
  const found = entries.at(-1);
  assert.ok(found);
  return found;
}

test("a job that fails twice and then succeeds: shown by history, show and logs; run follows it", async (t) => {
  const { url } = await testDatabase(t);
  const project = await testProject(
    t,
    `project: again
jobs:
  flaky:
    schedule: "0 0 1 1 *"
    command: 'echo "try $CRONVERGE_ATTEMPT" >&2; [ "$CRONVERGE_ATTEMPT" = 3 ]'
    retry: {attempts: 3, backoff: {initial: 300ms, factor: 2}}
`,
  );
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const up = startUp(t, options);
  await up.line(event("applied"));
  const run = cli(["jobs", "run", "flaky"], options);
  const failed = await up.line(event("attempt_failed"));
  assert.deepEqual([failed["attempt"], failed["max_attempts"], failed["level"]], [1, 3, "warn"]);
  const waiting = await cli(["--json", "status"], options);
  const { executions } = parseOutput("status", waiting.stdout).data;
  assert.equal(typeof (executions as Line)["retrying"], "number");
  const { code, stdout, stderr } = await run;
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /flaky +success +\d+ ms \(\S+( s)? in all\)/);
  assert.match(stderr, /Attempt 1 of 3 failed \(failed\); the next in \d+ ms: exit code 1/);
  const history = await cli(["jobs", "history"], options);
  assert.match(history.stdout, /flaky +success \(3\/3\)/);
  const json = await cli(["--json", "jobs", "history"], options);
  const { entries } = parseOutput("jobs-history", json.stdout).data;
  const [entry] = entries as (Took & { attempts: { attempt: number; error: string }[] })[];
  assert.ok(entry?.elapsed_ms && entry.duration_ms !== null);
  assert.ok(entry.elapsed_ms - entry.duration_ms >= 900, "both waits are in the whole");
  assert.deepEqual(
    entry.attempts.map(({ attempt, error }) => [attempt, error]),
    [
      [1, "exit code 1\ntry 1"],
      [2, "exit code 1\ntry 2"],
    ],
  );
  const show = await cli(["jobs", "show", "flaky"], options);
  assert.match(show.stdout, /Last result +success, attempt 3 of 3/);
  assert.match(show.stdout, /Attempts +1: failed .*, exit code 1\n +2: failed .*, exit code 1\n/);
  parseOutput("jobs-show", (await cli(["--json", "jobs", "show", "flaky"], options)).stdout);
  const logs = await cli(["logs", "search", "attempt 2 of 3"], options);
  assert.match(logs.stdout, /Attempt 2 of 3 failed/);
  await stopUp(up);
});

test("without a scheduler, jobs run makes all attempts itself", async (t) => {
  const { url, database } = await testDatabase(t);
  const project = await testProject(
    t,
    `project: alone
jobs:
  flaky:
    schedule: "0 0 1 1 *"
    command: '[ "$CRONVERGE_ATTEMPT" = 2 ]'
    retry: {attempts: 3, backoff: {initial: 200ms}}
`,
  );
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  assert.equal((await cli(["apply"], options)).code, 0);
  const run = await cli(["jobs", "run", "flaky"], options);
  assert.equal(run.code, 0, run.stderr);
  assert.equal((await oldest(database)).attempt, 2);
});

test("a job that always fails tells a command and a server, once for each execution", async (t) => {
  const { url, database } = await testDatabase(t);
  const server = await startServer(t);
  const project = await testProject(
    t,
    `project: alarm
jobs:
  by-command:
    schedule: "0 0 1 1 *"
    command: [sh, -c, "echo gone >&2; exit 7"]
    retry: {attempts: 2, backoff: {initial: 100ms}}
    on_failure: {command: 'echo "$CRONVERGE_EVENT $CRONVERGE_JOB $CRONVERGE_REASON" >> told.txt'}
  by-request:
    schedule: "0 0 1 1 *"
    command: ["false"]
    on_failure: {http: {url: {env: ALERT_URL}}}
rules: {command/shell-string: off}
`,
  );
  const options = {
    cwd: project.root,
    env: { CRONVERGE_DATABASE_URL: url, ALERT_URL: `${server.url}/alert` },
  };
  const up = startUp(t, options);
  await up.line(event("applied"));
  const { code } = await cli(["jobs", "run", "by-command", "by-request"], options);
  assert.equal(code, 1);
  await server.until(1);
  const [request] = server.received;
  assert.deepEqual([request?.method, request?.path], ["POST", "/alert"]);
  const body: Line = JSON.parse(request?.body ?? "{}");
  assert.deepEqual(
    [body["event"], body["job"], body["status"]],
    ["failed", "by-request", "failed"],
  );
  const told = join(project.root, "told.txt");
  await waitUntil(async () => (await contentOf(told)) !== "", "the command is run");
  assert.equal(await contentOf(told), "failed by-command exit_code\n");
  const sent = "select count(*) as n from outbox where sent_at is not null";
  await waitUntil(async () => (await database.query(sent))[0]?.["n"] === 2, "both are recorded");
  await stopUp(up);
  assert.equal(await contentOf(told), "failed by-command exit_code\n");
  assert.equal(server.received.length, 1);
});

test("kill -9 of the scheduler between two attempts: the next one makes the second", async (t) => {
  const { url, database } = await testDatabase(t);
  const project = await testProject(
    t,
    `project: killed
jobs:
  a:
    schedule: {every: 1s}
    command: [sh, -c, 'echo "$CRONVERGE_ATTEMPT $CRONVERGE_EXECUTION_ID" >> starts.txt; [ "$CRONVERGE_ATTEMPT" = 2 ]']
    retry: {attempts: 2, backoff: {initial: 2s}}
`,
  );
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const first = startUp(t, options);
  const failed = await first.line(event("attempt_failed"));
  first.kill("SIGKILL");
  await first.ended;
  const id = failed["execution_id"];
  const waiting = await oldest(database);
  assert.deepEqual([waiting.id, waiting.status, waiting.attempt], [id, "pending", 1]);
  const second = startUp(t, options);
  const finished = await second.line(
    (line) => line["event"] === "run_finished" && line["execution_id"] === id,
  );
  assert.equal(finished["state"], "success");
  await stopUp(second);
  const done = await oldest(database);
  assert.deepEqual([done.id, done.status, done.attempt, done.errors.length], [id, "success", 2, 1]);
  const starts = (await contentOf(join(project.root, "starts.txt"))).split("\n");
  assert.deepEqual(
    starts.filter((line) => line.endsWith(String(id))),
    [`1 ${String(id)}`, `2 ${String(id)}`],
    "no attempt started twice",
  );
});

test("kill -9 of the scheduler in an attempt: it is abandoned, and tried again", async (t) => {
  const { url, database } = await testDatabase(t);
  const project = await testProject(
    t,
    `project: killed
jobs:
  a:
    schedule: {every: 1s}
    command: [sh, -c, '[ "$CRONVERGE_ATTEMPT" = 2 ] || exec sleep 600']
    retry: {attempts: 2, backoff: {initial: 500ms}}
`,
  );
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const first = startUp(t, options);
  const id = (await first.line(event("run_started")))["execution_id"];
  first.kill("SIGKILL");
  await first.ended;
  const second = startUp(t, options);
  const abandoned = await second.line(event("abandoned"));
  assert.equal(abandoned["execution_id"], id);
  assert.equal(typeof abandoned["retry_at"], "string");
  await second.line((line) => line["event"] === "run_finished" && line["execution_id"] === id);
  await stopUp(second);
  const done = await oldest(database);
  assert.deepEqual([done.status, done.attempt], ["success", 2]);
  assert.deepEqual([done.errors[0]?.status, done.errors[0]?.reason], ["abandoned", "node_died"]);
});
