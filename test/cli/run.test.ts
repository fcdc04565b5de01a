import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readHistory } from "../../src/store/history.ts";
import { findJob, findJobId } from "../../src/store/jobs.ts";
import { cli, startUp } from "../helpers/cli.ts";
import type { CliOptions } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { plugin, testProject } from "../helpers/project.ts";
import { MAIN } from "../helpers/main.ts";

const FAR = "0 0 1 1 *";

const command = (name: string, shell: string, extra = "") =>
  `  ${name}: {schedule: "${FAR}", command: ${JSON.stringify(shell)}${extra}}\n`;

async function run(line: string, options: CliOptions) {
  const result = await cli(["--json", "jobs", "run", ...line.split(" ")], options);
  return { ...result, data: JSON.parse(result.stdout).data };
}

test("without a node, jobs run in the process of the command; its lines are on stderr", async (t) => {
  const { database, url } = await testDatabase(t);
  const config = `jobs:\n${command("talks", "echo one; echo two >&2; exit 4")}`;
  const project = await testProject(t, config);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  await cli(["apply"], options);
  const { code, stdout, stderr } = await cli(["jobs", "run", "talks"], options);
  assert.equal(code, 1);
  assert.match(stderr, /INFO .*talks {2}one\n/);
  assert.match(stderr, /talks {2}two\n/);
  assert.match(stdout, /talks +failed/);
  assert.match(stdout, /0 succeeded, 1 failed/);
  const job = await findJob(database, "talks");
  assert.deepEqual([job?.lastStatus, job?.runCount], ["failed", 1]);
  const history = (time: string) => cli(["jobs", "history", "talks", ...time.split(" ")], options);
  assert.match((await history("--since 1h")).stdout, /talks +failed/);
  assert.doesNotMatch((await history("--until 1h")).stdout, /talks +failed/);
  assert.equal((await history("--since soon")).code, 64);
});

test("without a node, what follows from a failure is told before the command ends", async (t) => {
  const { database, url } = await testDatabase(t);
  const hook = 'echo "$CRONVERGE_EVENT $CRONVERGE_JOB" >> told.txt';
  const config = `jobs:\n${command("fails", "exit 4", `, on_failure: {command: ${JSON.stringify(hook)}}`)}`;
  const project = await testProject(t, config);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  await cli(["apply"], options);
  await database.query(
    `insert into outbox (id, kind, job_id, job_name, execution_id, payload)
     select 'x:failed', 'failed', id, job_name, 'x', '{}' from scheduled_jobs`,
  );
  const { code, stderr } = await cli(["jobs", "run", "fails"], options);
  assert.equal(code, 1);
  assert.match(stderr, /INFO .*fails {2}on_failure was told: failed\n$/);
  assert.equal(await readFile(join(project.root, "told.txt"), "utf8"), "failed fails\n");
  const rows = await database.query<{ own: boolean; sent: boolean; tries: number }>(
    "select id <> 'x:failed' as own, sent_at is not null as sent, tries from outbox order by own",
  );
  assert.deepEqual(rows, [
    { own: false, sent: false, tries: 0 },
    { own: true, sent: true, tries: 1 },
  ]);
});

test("without a node, what cannot be told is said to be left to the next scheduler", async (t) => {
  const { database, url } = await testDatabase(t);
  const config = `jobs:\n${command("fails", "exit 4", ", on_failure: {command: exit 3}")}`;
  const project = await testProject(t, config);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  await cli(["apply"], options);
  const { code, stderr } = await cli(["jobs", "run", "fails"], options);
  assert.equal(code, 1);
  const lines = stderr.split("\n").filter((line) => line.includes("on_failure"));
  assert.match(lines[0] ?? "", /WARN .*fails {2}on_failure could not be told: .* exit code 3$/);
  assert.deepEqual(lines.slice(1), [
    "on_failure of fails could not be told yet: the next scheduler that runs will tell it",
  ]);
  const rows = await database.query("select tries, node_id, sent_at, failed_at from outbox");
  assert.deepEqual(rows, [{ tries: 1, node_id: null, sent_at: null, failed_at: null }]);
});

test("parallel by default; --sequential runs one after another, whatever the first one does", async (t) => {
  const { url } = await testDatabase(t);
  const config = `jobs:\n${command("a", "sleep 0.4; exit 1")}${command("b", "sleep 0.4")}`;
  const project = await testProject(t, config);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  await cli(["apply"], options);
  const spans = async (count: number) => {
    const { stdout } = await cli(["--json", "jobs", "history", "-n", String(count)], options);
    const entries: { run_at: string; finished_at: string }[] = JSON.parse(stdout).data.entries;
    return entries
      .map((entry) => ({ from: Date.parse(entry.run_at), to: Date.parse(entry.finished_at) }))
      .sort((x, y) => x.from - y.from);
  };
  await run("a b", options);
  const [first, second] = await spans(2);
  assert.ok(second && first && second.from < first.to, "side by side");
  const { data, code } = await run("a b --sequential", options);
  assert.deepEqual([data.total, data.failed, code], [2, 1, 1]);
  const [third, fourth] = await spans(2);
  assert.ok(third && fourth && fourth.from >= third.to, "one after another");
});

test("a disabled job runs by hand; --all and --tag leave it out", async (t) => {
  const { url } = await testDatabase(t);
  const nightly = ", tags: [nightly]";
  const off = command("off", "true", `${nightly}, enabled: false`);
  const config = `jobs:\n${command("on", "true")}${command("tagged", "true", nightly)}${off}`;
  const project = await testProject(t, config);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  await cli(["apply"], options);
  const names = (data: { jobs_run: { job_name: string }[] }) =>
    data.jobs_run.map((item) => item.job_name);
  assert.deepEqual(names((await run("off", options)).data), ["off"]);
  assert.deepEqual(names((await run("--all", options)).data).sort(), ["on", "tagged"]);
  assert.deepEqual(names((await run("--tag nightly", options)).data), ["tagged"]);
  const unknown = await cli(["jobs", "run", "--tag", "nightli"], options);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /No job has the tag 'nightli'\nhelp: did you mean `nightly`\?/);
  const list = await cli(["--json", "jobs", "list", "--tag", "nightly"], options);
  const { jobs }: { jobs: { name: string }[] } = JSON.parse(list.stdout).data;
  assert.deepEqual(
    jobs.map(({ name }) => name),
    ["off", "tagged"],
    "which lists it",
  );
  const both = await cli(["jobs", "run", "on", "--tag", "nightly"], options);
  assert.equal(both.code, 64);
});

test("code that no job declares runs by hand, and keeps its history when a job declares it", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, "jobs: {}\n");
  await project.write("plugins/spare.ts", plugin("return 'x'.repeat(2);"));
  await project.write(
    "plugins/nosy.ts",
    `import { readFileSync } from "node:fs";\n${plugin("readFileSync('/etc/hostname');")}`,
  );
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const { data } = await run("spare nosy", options);
  assert.deepEqual([data.succeeded, data.failed], [1, 1], "it has no permission");
  assert.equal(await findJob(database, "spare"), null, "nothing is registered");
  const id = await findJobId(database, "spare");
  await project.write("config.yaml", `jobs:\n  spare: {schedule: "${FAR}"}\n`);
  await cli(["apply"], options);
  assert.equal((await findJob(database, "spare"))?.id, id);
  await project.write("config.yaml", `jobs:\n  spare: {schedule: "${FAR}", timeout: 9s}\n`);
  const older = await cli(["jobs", "run", "spare"], options);
  assert.match(
    older.stderr,
    /warning: the file declares spare differently by now; what was applied/,
  );
  const { stdout } = await cli(["jobs", "history", "--job", "spare"], options);
  assert.match(stdout, /spare +success/);
});

test("a node that is alive runs it; what already runs is skipped, unless overlap is allowed", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(
    t,
    `jobs:\n${command("long", "until [ -e go ]; do sleep 0.05; done")}`,
  );
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const up = startUp(t, options);
  const started = await up.line((line) => line["event"] === "started");
  await up.line((line) => line["event"] === "applied");
  const first = run("long", options);
  await up.line((line) => line["event"] === "run_started");
  const skipped = await run("long", options);
  const beside = run("long --overlap allow", options);
  await up.line((line) => line["event"] === "run_started");
  await writeFile(join(project.root, "go"), "");
  const { state, reason, status } = skipped.data.jobs_run[0];
  assert.deepEqual([skipped.code, state, reason, status], [1, "skipped", "overlap", "failed"]);
  assert.deepEqual([(await first).code, (await beside).code], [0, 0]);
  const states = ["success"] as const;
  const { entries } = await readHistory(database, { jobId: null, states: [...states], limit: 9 });
  assert.deepEqual(
    entries.map((entry) => entry.nodeId),
    [started["node_id"], started["node_id"]],
  );
  up.kill("SIGTERM");
  assert.equal(await up.ended, 0);
});

test("a run whose node is killed, the last of all, ends as abandoned", async (t) => {
  const { url } = await testDatabase(t);
  const project = await testProject(t, `jobs:\n${command("long", "sleep 60")}`);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const up = startUp(t, options);
  await up.line((line) => line["event"] === "applied");
  const ran = run("long", options);
  await up.line((line) => line["event"] === "run_started");
  up.kill("SIGKILL");
  await up.ended;
  const { code, data } = await ran;
  const { state, reason } = data.jobs_run[0];
  assert.deepEqual([code, state, reason], [1, "abandoned", "node_died"]);
});

test("a node that takes nothing is not waited for longer than 5 s", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, `jobs:\n${command("quick", "true")}`);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  await cli(["apply"], options);
  await database.query(
    `insert into nodes (id, host, pid, version, concurrency, lease_until)
     values ($1, 'elsewhere', 1, '0', 1, clock_timestamp() + interval '1 hour')`,
    [randomUUID()],
  );
  const startedAt = performance.now();
  assert.equal((await run("quick", options)).code, 0);
  assert.ok(performance.now() - startedAt > 5_000);
});

test("Ctrl-C cancels the run, prints its result and exits 130", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(
    t,
    `jobs:\n${command("long", "echo go; sleep 60", ", grace: 1s")}`,
  );
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  await cli(["apply"], options);
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [MAIN, "jobs", "run", "long"], {
    cwd: project.root,
    env: { PATH, HOME, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  await once(child.stderr, "data");
  child.kill("SIGINT");
  const [code] = await once(child, "close");
  assert.equal(code, 130);
  assert.match(stdout, /long +cancelled/);
  assert.equal((await findJob(database, "long"))?.lastStatus, "failed");
  const open = await database.query("select 1 from nodes where state in ('live', 'draining')");
  assert.deepEqual(open, [], "the process was a node no longer than it had to be");
});
