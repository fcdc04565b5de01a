import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openNodes } from "../../src/store/nodes.ts";
import { cli, startUp } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";
import { parseOutput } from "./output-schemas.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");
const CONFIG = 'jobs:\n  hello: {schedule: "0 0 1 1 *", command: ["true"]}\n';

const isApplied = (line: Record<string, unknown>): boolean => line["event"] === "applied";
const isRejected = (line: Record<string, unknown>): boolean => line["event"] === "rejected";

test("status is 0 with a live node and a good file, 1 otherwise, and says why", async (t) => {
  const { url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const before = await cli(["status"], options);
  assert.equal(before.code, 1);
  assert.match(before.stdout, /no scheduler is running/);
  const up = startUp(t, options);
  await up.line(isApplied);
  const good = await cli(["--json", "status"], options);
  assert.equal(good.code, 0, good.stdout);
  const { revision, nodes } = parseOutput("status", good.stdout).data;
  assert.equal((revision as { id: number }).id, 1);
  assert.equal((nodes as unknown[]).length, 1);
  await project.write("config.yaml", `${CONFIG}  bad: [\n`);
  await up.line(isRejected);
  const bad = await cli(["status"], options);
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /services\/scheduler\/config\.yaml:3:\d+ {2}.*last good state goes on/);
  const list = await cli(["jobs", "list"], options);
  assert.equal(list.code, 0, "questions are answered from the last good state");
  assert.match(list.stderr, /^warning: services\/scheduler\/config\.yaml has errors/);
  await project.write("config.yaml", CONFIG);
  await up.line(isApplied);
  assert.equal((await cli(["status"], options)).code, 0);
  up.kill("SIGTERM");
  assert.equal(await up.ended, 0);
});

test("SIGINT ends it with 130; SIGUSR1 opens no inspector, SIGHUP reads the file again", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  const up = startUp(t, { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } });
  await up.line(isApplied);
  up.kill("SIGUSR1");
  up.kill("SIGHUP");
  await project.write("config.yaml", CONFIG.replace("hello", "other"));
  await up.line(isApplied);
  up.kill("SIGINT");
  assert.equal(await up.ended, 130);
  assert.deepEqual(await openNodes(database), []);
});

test("a file that was never good is refused at the start, with its mistakes", async (t) => {
  const { url } = await testDatabase(t);
  const project = await testProject(t, "jobs: [");
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const { code, stdout, stderr } = await cli(["up"], options);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /config\.yaml:1:\d+ {2}error/);
  assert.match(stderr, /\nerror: 1 error in .*config\.yaml\n/);
});

/** A promise that is rejected, with nobody to hear it, as soon as the scheduler is known to run. */
const BUG = `data:text/javascript,${encodeURIComponent(`
import fs from "node:fs";
const sync = fs.writeSync;
fs.writeSync = (fd, text, ...rest) => {
  if (String(text).includes('"applied"')) void Promise.reject(new Error("a bug"));
  return sync(fd, text, ...rest);
};
`)}`;

test("a rejection that nobody handles is told, ends the node in order, and is 1", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--import", BUG, MAIN, "up"], {
    cwd: project.root,
    env: { PATH, HOME, CRONVERGE_DATABASE_URL: url },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise((resolve) => {
    child.on("close", resolve);
  });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /error: Error: a bug\n/);
  assert.deepEqual(await openNodes(database), []);
});

test("on the embedded database: a command adopts the server, the last one out stops it", async (t) => {
  const project = await testProject(t, CONFIG);
  await chmod(project.root, 0o711);
  const options = { cwd: project.root };
  const running = (): boolean =>
    existsSync(join(project.stateDir, "postgres", "server", "data", "postmaster.pid"));
  const up = startUp(t, options);
  await up.line(isApplied);
  assert.equal(running(), true);
  const list = await cli(["jobs", "list"], options);
  assert.match(list.stdout, /hello/);
  const still = await cli(["status"], options);
  assert.equal(still.code, 0, "the command did not take the server with it");
  up.kill("SIGTERM");
  assert.equal(await up.ended, 0);
  assert.equal(running(), false);
  const after = await cli(["jobs", "show", "hello"], options);
  assert.equal(after.code, 0, after.stderr);
  assert.equal(running(), false);
});
