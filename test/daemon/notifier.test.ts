import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import type { FailureHook } from "../../src/model/policy.ts";
import type { HttpRequest } from "../../src/model/request.ts";
import type { Database } from "../../src/store/connection.ts";
import { readLogs } from "../../src/store/logs.ts";
import { endOf } from "../helpers/attempts.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase } from "../helpers/database.ts";
import { waitUntil } from "../helpers/wait-until.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { makeEngine, startEngine } from "../helpers/engine.ts";
import { startServer } from "../helpers/http-server.ts";
import { triggerByHand } from "../helpers/runs.ts";

const POST: Omit<HttpRequest, "url"> = {
  method: "POST",
  headers: {},
  body: null,
  expect: [200, 204],
  redirects: 0,
};

/** An engine with a job that fails with a line on stderr, and what its hook is. */
async function failing(t: Cleanup, onFailure: FailureHook, given: Partial<JobSpec> = {}) {
  const { database } = await testDatabase(t);
  const run = { type: "command", command: "echo no such host >&2; exit 3" } as const;
  await applyJobs(database, [commandJob("a", { schedule: null, run, onFailure, ...given })]);
  const made = await startEngine(t, database);
  const fail = async (): Promise<string> => {
    const { id } = await triggerByHand(database, "a");
    made.engine.wake();
    await made.events.next("run_finished", ({ executionId }) => executionId === id);
    return id;
  };
  return { ...made, database, fail };
}

interface OutboxRow {
  /** Null: nobody is about to tell it. */
  node_id: string | null;
  tries: number;
  sent_at: Date | null;
  failed_at: Date | null;
  available_at: Date;
  error: string | null;
}

/** The one row of the outbox, once it is as the test wants it. */
async function rowWhen(database: Database, fits: (row: OutboxRow) => boolean): Promise<OutboxRow> {
  const untilMs = performance.now() + 20_000;
  for (;;) {
    const [row] = await database.query<OutboxRow>("select * from outbox");
    if (row !== undefined && fits(row)) return row;
    assert.ok(performance.now() < untilMs, JSON.stringify(row));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const isSent = (row: OutboxRow): boolean => row.sent_at !== null;

/** Lets the next try begin now. */
async function skipPause(database: Database): Promise<void> {
  await database.query("update outbox set available_at = clock_timestamp()");
}

async function linesOf(database: Database, executionId: string): Promise<string[][]> {
  const filter = { level: null, since: null, jobName: null, contains: null, afterId: 0 };
  const lines = await readLogs(database, { ...filter, executionId, limit: 100 });
  return lines
    .filter(({ module }) => module === "on_failure")
    .map(({ level, message }) => [level, message]);
}

test("a command is told in its environment, starts in the root, and its words are kept", async (t) => {
  const command = 'env | sort > told.txt; echo "mailed"';
  const { project, database, fail } = await failing(
    t,
    { type: "command", command },
    {
      env: { SECRET: "of the job", GONE: { env: "CRONVERGE_TEST_NOWHERE" } },
    },
  );
  // The job cannot start for want of a variable; its hook must tell so all the same.
  const id = await fail();
  await rowWhen(database, isSent);
  const told = await readFile(join(project.root, "told.txt"), "utf8");
  const env = Object.fromEntries(told.split("\n").map((line) => line.split(/=(.*)/s)));
  assert.equal(env["CRONVERGE_EVENT"], "failed");
  assert.equal(env["CRONVERGE_JOB"], "a");
  assert.equal(env["CRONVERGE_EXECUTION_ID"], id);
  assert.equal(env["CRONVERGE_STATUS"], "failed");
  assert.equal(env["CRONVERGE_REASON"], "secret_unavailable");
  assert.match(env["CRONVERGE_ERROR"] ?? "", /CRONVERGE_TEST_NOWHERE is not set/);
  assert.equal(env["CRONVERGE_SCHEDULED_FOR"], "");
  assert.equal(env["CRONVERGE_ATTEMPT"], "1");
  assert.equal(env["SECRET"], undefined);
  // They are gathered, and may be written a moment after the hook is known to have ended.
  const lines = async (): Promise<string> => (await linesOf(database, id)).flat().join();
  const wanted = "INFO,mailed,INFO,on_failure was told: failed";
  await waitUntil(async () => (await lines()) === wanted, "its lines");
  assert.deepEqual(await endOf(database, id), ["failed", "secret_unavailable"]);
});

test("a request carries it as JSON, with a key that stays the same at each try", async (t) => {
  const server = await startServer(t, 500);
  const http = { ...POST, url: server.url };
  const { engine, database, fail } = await failing(t, { type: "http", http });
  const id = await fail();
  const row = await rowWhen(database, ({ error, tries }) => error !== null && tries === 1);
  const pauseMs = row.available_at.getTime() - Date.now();
  assert.ok(pauseMs > 5_000 && pauseMs <= 11_000, `${pauseMs} ms`);
  server.answer = 204;
  await skipPause(database);
  engine.wake();
  await rowWhen(database, isSent);
  const [first, second, ...others] = server.received;
  assert.equal(others.length, 0);
  assert.equal(first?.method, "POST");
  assert.equal(first.headers["content-type"], "application/json");
  assert.equal(first.headers["idempotency-key"], `${id}:failed`);
  assert.deepEqual(
    [second?.headers["idempotency-key"], second?.body],
    [`${id}:failed`, first.body],
  );
  const body: Record<string, unknown> = JSON.parse(first.body);
  assert.deepEqual(
    [body["event"], body["job"], body["execution_id"], body["status"], body["reason"]],
    ["failed", "a", id, "failed", "exit_code"],
  );
  assert.equal(body["error"], "exit code 3\nno such host");
  const told = async (): Promise<boolean> =>
    (await linesOf(database, id)).at(-1)?.join() === "INFO,on_failure was told: failed";
  await waitUntil(told, "the last line");
});

test("a body and headers of its own are sent as they are; secrets are looked up and never kept", async (t) => {
  const server = await startServer(t, 500);
  const http: HttpRequest = {
    ...POST,
    url: server.url,
    body: "alarm",
    headers: { Authorization: { file: "token.txt" }, "Content-Type": "text/plain" },
  };
  const { project, database, fail } = await failing(t, { type: "http", http });
  await project.write("token.txt", "a-secret-of-the-node\n");
  const id = await fail();
  await server.until(1);
  const [request] = server.received;
  assert.deepEqual(
    [request?.body, request?.headers["content-type"], request?.headers["authorization"]],
    ["alarm", "text/plain", "a-secret-of-the-node"],
  );
  await rowWhen(database, ({ error }) => error !== null);
  const kept = JSON.stringify([
    await database.query("select * from outbox"),
    await linesOf(database, id),
  ]);
  assert.doesNotMatch(kept, /a-secret-of-the-node/);
});

test("after five tries it is given up, and the scheduler says so; the run stays as it was", async (t) => {
  const { engine, events, database, fail } = await failing(t, {
    type: "command",
    command: ["sh", "-c", "echo gone >&2; exit 1"],
  });
  const id = await fail();
  for (const tries of [1, 2, 3, 4]) {
    await rowWhen(database, (row) => row.tries === tries && row.node_id === null);
    await skipPause(database);
    engine.wake();
  }
  const row = await rowWhen(database, ({ failed_at }) => failed_at !== null);
  assert.deepEqual([row.tries, row.error], [5, "exit code 1\ngone"]);
  const told = await events.next("problem");
  assert.equal(told.message, "on_failure of a could not be told: failed: exit code 1");
  assert.deepEqual(await endOf(database, id), ["failed", "exit_code"]);
  const lines = (await linesOf(database, id)).map(([, message]) => message?.split("\n")[0]);
  assert.equal(lines[0], "gone");
  assert.match(
    lines[1] ?? "",
    /^on_failure could not be told: failed \(try 1 of 5\): exit code 1$/,
  );
  assert.match(
    lines.at(-1) ?? "",
    /^on_failure could not be told: failed \(given up after 5 tries\)/,
  );
});

test("a pause is told too", async (t) => {
  const server = await startServer(t);
  const http = { ...POST, url: server.url };
  const { fail } = await failing(t, { type: "http", http }, { pauseAfterFailures: 1 });
  await fail();
  await server.until(2);
  const events = server.received.map(({ body }) => String(JSON.parse(body)["event"]));
  assert.deepEqual(new Set(events), new Set(["failed", "paused"]));
});

test("a hook that runs when its node stops is tried again by another, which is no second try", async (t) => {
  const command =
    'touch began; until [ -e go ]; do sleep 0.05; done; touch "done-$CRONVERGE_EVENT"';
  const { project, database, fail, stop } = await failing(t, { type: "command", command });
  await fail();
  const began = join(project.root, "began");
  await rowWhen(database, ({ tries }) => tries === 1);
  await waitUntil(async () => existsSync(began), "the hook begins");
  await stop(0);
  const row = await rowWhen(database, ({ tries }) => tries === 0);
  assert.deepEqual([row.sent_at, row.failed_at, row.error], [null, null, null]);
  const { project: other } = await startEngine(t, database);
  await writeFile(join(other.root, "go"), "");
  await rowWhen(database, isSent);
  await rm(join(other.root, "done-failed"));
});

test("a hook of a late run does not end with its run", async (t) => {
  const { database } = await testDatabase(t);
  const onFailure = {
    type: "command",
    command: "touch began; until [ -e go ]; do sleep 0.05; done",
  } satisfies FailureHook;
  const run = { type: "command", command: "sleep 0.2" } as const;
  await applyJobs(database, [commandJob("a", { schedule: null, run, onFailure })]);
  const { id } = await triggerByHand(database, "a");
  await database.query("update executions set late_at = clock_timestamp() - interval '1 s'");
  const { engine, events, project } = await makeEngine(t, database);
  const late = await events.next("late");
  assert.equal(late.executionId, id);
  engine.wake();
  const began = join(project.root, "began");
  await waitUntil(async () => existsSync(began), "the hook begins");
  engine.worker.startClaiming();
  await events.next("run_finished");
  await writeFile(join(project.root, "go"), "");
  await rowWhen(database, isSent);
  const [row] = await database.query("select tries from outbox");
  assert.equal(row?.["tries"], 1, "nothing killed it");
});

test("a process that runs but what it was asked for tells of that, for so long", async (t) => {
  const { database } = await testDatabase(t);
  const run = { type: "command", command: "exit 3" } as const;
  const onFailure = { type: "command", command: "touch began; sleep 60" } as const;
  await applyJobs(database, [commandJob("a", { schedule: null, run, onFailure })]);
  const { id } = await triggerByHand(database, "a");
  const { engine, events, project } = await makeEngine(t, database, { only: [id] });
  engine.worker.startClaiming();
  await events.next("run_finished", ({ executionId }) => executionId === id);
  const cut = new AbortController();
  const told = engine.tell({ limitMs: 50_000, signal: cut.signal });
  await waitUntil(async () => existsSync(join(project.root, "began")), "the hook began");
  cut.abort();
  assert.deepEqual(await told, [{ kind: "failed", jobName: "a", now: true }]);
  const { tries, node_id, sent_at } = await rowWhen(database, () => true);
  assert.deepEqual([tries, node_id, sent_at], [0, null, null], "any other node may tell it now");
});
