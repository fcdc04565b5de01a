import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { cli } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import type { Cleanup } from "../helpers/database.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const EXAMPLES = [
  "hello",
  "permissions",
  "command-and-http",
  "embedding",
  "git-review",
  "reliable-backup",
];

/** A copy of an example in a folder of its own, as a user would have it. */
async function copyOf(t: Cleanup, example: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cronverge-example-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await cp(join(ROOT, "examples", example), folder, { recursive: true });
  return folder;
}

interface JobRun {
  job_name: string;
  status: string;
  result: { message: string | null };
}

async function runJobs(cwd: string, names: string[], env: Record<string, string>) {
  const applied = await cli(["apply"], { cwd, env });
  assert.equal(applied.code, 0, applied.stderr);
  const ran = await cli(["--json", "jobs", "run", ...names], { cwd, env });
  const runs: JobRun[] = JSON.parse(ran.stdout).data.jobs_run;
  return { ...ran, runs: new Map(runs.map((run) => [run.job_name, run])) };
}

test("every example passes check with nothing of its environment set", async () => {
  for (const example of EXAMPLES) {
    const cwd = join(ROOT, "examples", example);
    const checked = await cli(["check"], { cwd });
    assert.equal(checked.code, 0, checked.stderr);
  }
});

test("hello says hello", async (t) => {
  const { url } = await testDatabase(t);
  const cwd = await copyOf(t, "hello");
  const env = { CRONVERGE_DATABASE_URL: url };
  const { code, runs, stderr } = await runJobs(cwd, ["hello"], env);
  assert.equal(code, 0, stderr);
  assert.equal(runs.get("hello")?.result.message, "said hello");
  const seen = await cli(["jobs", "run", "hello"], { cwd, env });
  assert.match(seen.stderr, /hello, world/, "its lines are shown while one waits");
});

test("permissions: what is granted works, what is not names the line to add", async (t) => {
  const { url } = await testDatabase(t);
  const cwd = await copyOf(t, "permissions");
  const env = { CRONVERGE_DATABASE_URL: url, APP_DATABASE_URL: url };
  const { code, runs } = await runJobs(cwd, ["report", "answer", "nosy"], env);
  assert.equal(code, 1, "one of them failed");
  assert.equal(runs.get("report")?.status, "success");
  assert.equal(await readFile(join(cwd, "out", "report.txt"), "utf8"), "2 orders\n");
  assert.equal(runs.get("answer")?.result.message, "the answer is 42");
  const nosy = runs.get("nosy");
  assert.equal(nosy?.status, "failed");
  assert.match(JSON.stringify(nosy), /permissions: \{read: \[.*\/etc\/hostname/);
});

test("command-and-http: a program, a shell line, a request", async (t) => {
  const { url } = await testDatabase(t);
  const server = createServer((_, response) => response.end("fine"));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.after(async () => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const cwd = await copyOf(t, "command-and-http");
  const env = { CRONVERGE_DATABASE_URL: url, HEALTH_URL: `http://127.0.0.1:${port}/health` };
  const names = ["uptime", "biggest-files", "ping", "new-year"];
  const { code, runs, stderr } = await runJobs(cwd, names, env);
  assert.equal(code, 0, stderr);
  assert.deepEqual([...runs.keys()].sort(), names.sort());
});

test("reliable-backup: three attempts, and the first once there is something to copy", async (t) => {
  const { url } = await testDatabase(t);
  const cwd = await copyOf(t, "reliable-backup");
  const env = { CRONVERGE_DATABASE_URL: url };
  await rename(join(cwd, "data"), join(cwd, "data.away"));
  const failed = await runJobs(cwd, ["backup"], env);
  assert.equal(failed.code, 1);
  const history = await cli(["--json", "jobs", "history", "--job", "backup"], { cwd, env });
  assert.equal(JSON.parse(history.stdout).data.entries[0].attempt, 3);
  await rename(join(cwd, "data.away"), join(cwd, "data"));
  const { code, stderr } = await runJobs(cwd, ["backup"], env);
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    (await readdir(join(cwd, "out"))).filter((name) => name.endsWith(".copy")),
    ["orders-1.copy"],
  );
});

test("embedding: a program carries its scheduler and leaves nothing behind", async (t) => {
  const { url } = await testDatabase(t);
  const main = join(ROOT, "examples", "embedding", "main.ts");
  const stateDir = await mkdtemp(join(tmpdir(), "cronverge-state-"));
  after(() => rm(stateDir, { recursive: true, force: true }));
  const child = spawn(process.execPath, ["--conditions=cronverge-source", main], {
    env: {
      PATH: process.env["PATH"] ?? "",
      CRONVERGE_DATABASE_URL: url,
      CRONVERGE_STATE_DIR: stateDir,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const code = await new Promise((resolve) => {
    child.on("close", resolve);
  });
  assert.equal(code, 0);
  assert.match(stdout, /first success: tick/);
});
