import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { testDatabase } from "../helpers/database.ts";
import { plugin, testProject } from "../helpers/project.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Inside the repository, so that the compiled files find the packages. */
const DIST = join(ROOT, "node_modules", ".cache", `dist-${process.pid}`);

const run = promisify(execFile);

/** The compiled command line, as an installed package has it. */
async function dist(args: string[], options: { cwd: string; env?: Record<string, string> }) {
  const { PATH = "" } = process.env;
  const env = { PATH, ...options.env };
  return run(process.execPath, [join(DIST, "main.js"), ...args], { ...options, env }).then(
    (ended) => ({ code: 0, ...ended }),
    (ended: { code: number; stdout: string; stderr: string }) => ended,
  );
}

before(async () => {
  await run(process.execPath, [join(ROOT, "tools", "build.ts"), DIST]);
});

after(() => rm(DIST, { recursive: true, force: true }));

test("the compiled package checks, applies, runs a plugin and knows its errors", async (t) => {
  const { url } = await testDatabase(t);
  const config = "project: dist\njobs:\n  hi: {schedule: '@daily', parameters: {a: 1}}\n";
  const project = await testProject(t, config);
  await project.write("plugins/hi.ts", plugin("return ctx.parameters"));
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };

  assert.equal((await dist(["check"], options)).code, 0);
  assert.equal((await dist(["apply"], options)).code, 0);
  const ran = await dist(["--json", "jobs", "run", "hi"], options);
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(JSON.parse(ran.stdout).data.jobs_run[0].status, "success");

  const unknown = await dist(["jobs", "show", "nope"], options);
  assert.deepEqual([unknown.code, unknown.stdout], [1, ""]);
  assert.equal((await dist(["chek"], options)).code, 64);
  const nowhere = {
    cwd: project.root,
    env: { CRONVERGE_DATABASE_URL: "postgres://127.0.0.1:1/x" },
  };
  assert.equal((await dist(["jobs", "list"], nowhere)).code, 3);

  await project.write("config.yaml", "jobs: {a: {schedule: '* * *', command: [x]}}");
  const broken = await dist(["check"], options);
  assert.equal(broken.code, 1);
  assert.match(broken.stdout + broken.stderr, /config\.yaml:1:/);
});
