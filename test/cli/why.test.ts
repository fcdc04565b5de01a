import assert from "node:assert/strict";
import { test } from "node:test";
import { claimPending, markStarted } from "../../src/store/claims.ts";
import type { NodeRole } from "../../src/model/node-role.ts";
import { registerNode, reportConfig } from "../../src/store/nodes.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import { attemptOutcome } from "../../src/model/execution.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import type { Database } from "../../src/store/connection.ts";
import { cli } from "../helpers/cli.ts";
import { plugin } from "../helpers/project.ts";
import { triggerByHand } from "../helpers/runs.ts";
import { ledgerProject } from "./ledger-project.ts";

const yearly = (name: string, extra = ""): string =>
  `  ${name}: {schedule: "@yearly", command: ["true"]${extra}}`;

async function startNode(
  database: Database,
  { concurrency = 4, role = "all" }: { concurrency?: number; role?: NodeRole } = {},
): Promise<void> {
  const node = { id: role === "all" ? "n" : role, host: "elsewhere", pid: 1, processStart: null };
  const known = { ...node, version: "1", concurrency, configFile: null, role };
  await registerNode(database, known, { leaseMs: 60_000 });
}

test("a job that rests says who decided that, and one that is due when it runs", async (t) => {
  const { database, apply, why } = await ledgerProject(t);
  await apply(yearly("a"), "  hand: {command: ['true']}", yearly("off", ", enabled: false"));
  assert.match((await why("a")).text, /^a does not run: no scheduler is running\.\n/);
  await startNode(database);
  assert.match(
    (await why("a")).text,
    /^a runs at \w{3} \d{4}-01-01 00:00 .*: nothing keeps it\.\n/,
  );
  assert.equal((await why("hand")).data.state, "no_schedule");
  assert.match(
    (await why("off")).text,
    /^off does not run: it is disabled\.\n\n {2}Revision 1 disabled/,
  );
  await overrideJob(database, "a", { enabled: false, by: "bob", reason: "holidays" });
  assert.match(
    (await why("a")).text,
    /^a does not run: bob disabled it\.\n\n {2}bob disabled .*: holidays\./,
  );
  await assert.rejects(why("nobody"), { code: "job_not_found" });
});

test("a clock without a worker is named, and a worker without a clock", async (t) => {
  const { database, apply, why, explain } = await ledgerProject(t);
  await apply(yearly("a"));
  await startNode(database, { role: "worker" });
  assert.equal((await why("a")).data.state, "no_scheduler");
  await database.query("delete from nodes");
  await startNode(database, { role: "clock" });
  const alone = await why("a");
  assert.match(alone.text, /^a does not run: no node runs jobs\./);
  assert.match(alone.text, /start a node that runs jobs {2}cronverge up --role worker\n/);
  const { next_run } = alone.data;
  assert.match((await explain("a", next_run ?? "")).text, /No node runs jobs now: it is recorded/);
  await triggerByHand(database, "a");
  assert.match((await why("a")).text, /^a does not run yet: no node runs jobs: those that live/);
  await startNode(database, { role: "worker" });
  assert.doesNotMatch((await why("a")).text, /no node runs jobs/);
});

test("what is in the file and not in force is said", async (t) => {
  const { url, database, project, apply, why } = await ledgerProject(t);
  await apply(yearly("a"));
  await startNode(database);
  const { readFileSync } = await import("node:fs");
  const text = readFileSync(project.configFile, "utf8");
  await project.write("config.yaml", `${text}${yearly("b")}\n`.replace("@yearly", "@monthly"));
  assert.equal((await why("b")).data.state, "not_applied");
  assert.equal((await why("a")).data.file.state, "differs");
  await project.write("config.yaml", `${text}  c: {schedul: x}\n`);
  const broken = await why("a");
  assert.equal(broken.data.file.state, "broken");
  assert.match(broken.text, /config\.yaml:\d+:\d+ {2}unknown key/);
  const diagnostics = broken.data.file.mistake;
  assert.ok(diagnostics);
  const { end_line: endLine, end_column: endColumn, ...rest } = diagnostics;
  await reportConfig(database, "n", {
    revision: 1,
    diagnostics: [{ ...rest, endLine, endColumn }],
  });
  assert.match((await why("a")).text, /A scheduler could not reload its file at/);
  await project.write("config.yaml", text.replace(/jobs:[^]*/, "jobs: {}\n"));
  assert.equal((await why("a")).data.file.state, "undeclared");
  assert.equal((await why("cleanup-sessions")).data.state, "available");
  await project.write("plugins/spare.ts", plugin(""));
  await cli(["jobs", "run", "spare"], {
    cwd: project.root,
    env: { CRONVERGE_DATABASE_URL: url },
  });
  assert.equal((await why("spare")).data.state, "available", "it ran, and nobody removed it");
});

test("what runs, what waits and what it waits for is said", async (t) => {
  const { database, apply, why } = await ledgerProject(t);
  await apply(
    yearly("a", ", mutex: m, overlap: queue_all, concurrency: 1"),
    yearly("b", ", mutex: m"),
  );
  await startNode(database, { concurrency: 1 });
  await triggerByHand(database, "b");
  const [claimed] = await claimPending(database, { nodeId: "n", limit: 1, only: null });
  assert.ok(claimed);
  const taken = await why("b");
  assert.match(taken.text, /^b is running(: a node has just taken it| for)/);
  await markStarted(database, [{ id: claimed.id, fence: claimed.fence }]);
  assert.match(
    (await why("b")).text,
    /^b is running for .*\n\n {2}That is execution \S+, asked for by t, on elsewhere/,
  );
  const beside = await why("a");
  assert.equal(beside.data.mutex?.holders[0]?.execution_id, claimed.id);
  assert.match(beside.text, /Now it would wait: execution \S+ of b has the mutex m\./);

  await triggerByHand(database, "a");
  const waiting = await why("a");
  assert.equal(waiting.data.state, "waiting");
  assert.match(waiting.text, /^a does not run yet: execution \S+ of b has had the mutex m since/);
  const outcome = attemptOutcome({ status: "failed", reason: "exit_code", error: "no\nspace" });
  const finished = { id: claimed.id, fence: claimed.fence, retryAfterMs: 0, outcome };
  await finishExecutions(database, [finished]);
  assert.match((await why("b")).text, /Its last run, at .*, failed: no \(execution/);
  await database.query("delete from executions where status = 'pending'");
  await database.query(
    "update executions set trigger = 'schedule', scheduled_for = created_at, attempt = 0, status = 'skipped', reason = 'overlap'",
  );
  assert.match((await why("b")).text, /Its last due time, .*, was skipped: another run/);
});

test("a job that was due and a paused one are not said to be well", async (t) => {
  const { database, apply, why } = await ledgerProject(t);
  await apply(yearly("a", ", pause_after_failures: 3"));
  await startNode(database);
  await database.query(
    "update job_clock set next_run = now() - interval '1 minute', next_effective = now() - interval '1 minute'",
  );
  assert.match(
    (await why("a")).text,
    /^a should run: it was due at .*, 1m00s ago, and no scheduler has seen/,
  );
  await database.query(
    "update scheduled_jobs set paused_at = now(), runtime_status = 'crashed', crashed = 'paused after 3 failures in a row: x'",
  );
  await database.query(
    "insert into job_events (job_id, kind, reason) select id, 'paused', crashed from scheduled_jobs",
  );
  const paused = await why("a");
  assert.match(
    paused.text,
    /^a does not run: it was paused after failures\.\n\n {2}It was paused on .* after 3 failures in a row: x\./,
  );
  await overrideJob(database, "a", { enabled: true, by: "bob", reason: null });
  const resumed = await why("a");
  assert.deepEqual([resumed.data.state, resumed.data.decision?.kind], ["due", "resumed"]);
});
