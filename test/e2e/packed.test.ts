import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { testDatabase } from "../helpers/database.ts";
import { plugin, testProject } from "../helpers/project.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Inside the repository, so that the compiled files find the packages. */
const STAGE = join(ROOT, "node_modules", ".cache", `packed-${process.pid}`);
const run = promisify(execFile);
let project = "";

/** A project that has the package as npm packs it, and has been made by its `init`. */
before(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), "cronverge-packed-")));
  await mkdir(STAGE, { recursive: true });
  for (const name of [
    "package.json",
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
    "schemas",
    "scaffold",
  ]) {
    await cp(join(ROOT, name), join(STAGE, name), { recursive: true });
  }
  await run(process.execPath, [join(ROOT, "tools", "build.ts"), join(STAGE, "dist")]);
  const env = { ...process.env, npm_config_update_notifier: "false" };
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts"], { cwd: STAGE, env });
  const [packed]: { filename: string }[] = JSON.parse(stdout);
  const target = join(project, "node_modules", "cronverge");
  await mkdir(target, { recursive: true });
  const archive = join(STAGE, packed?.filename ?? "");
  await run("tar", ["-xzf", archive, "--strip-components=1", "-C", target]);
  await symlink(join(ROOT, "node_modules"), join(target, "node_modules"));
  await symlink(join(ROOT, "node_modules", "@types"), join(project, "node_modules", "@types"));
  await cronverge("init");
});

after(async () => {
  await rm(STAGE, { recursive: true, force: true });
  await rm(project, { recursive: true, force: true });
});

function cronverge(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [packedMain(), ...args], { cwd: project, env: {} });
}

function packedMain(): string {
  return join(project, "node_modules", "cronverge", "dist", "main.js");
}

/** The compiled command line anywhere, to its end. */
async function compiled(args: string[], options: { cwd: string; env: Record<string, string> }) {
  const { PATH = "" } = process.env;
  const env = { PATH, ...options.env };
  return run(process.execPath, [packedMain(), ...args], { ...options, env }).then(
    (ended) => ({ code: 0, ...ended }),
    (ended: { code: number; stdout: string; stderr: string }) => ended,
  );
}

test("what init of the packed package writes passes check", async () => {
  const { stdout, stderr } = await cronverge("check");
  assert.deepEqual([stdout, stderr], ["ok  services/scheduler/config.yaml: 2 jobs\n", ""]);
});

test("its test passes with node --test alone, and can fail", async () => {
  const tests = () => run(process.execPath, ["--test"], { cwd: project, env: {} });
  assert.match((await tests()).stdout, /pass 2/);
  const file = join(project, "services/scheduler/plugins/hello.ts");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("hello, ", "bye, "));
  await assert.rejects(tests());
  await writeFile(file, text);
});

test("on an older Node, which would find no test, its tests fail with what to install", async () => {
  const bin = join(project, "node_modules", ".bin");
  await mkdir(bin);
  await symlink(packedMain(), join(bin, "cronverge"));
  const { scripts } = JSON.parse(await readFile(join(project, "package.json"), "utf8"));
  const older = `Object.defineProperty(process.versions, "node", { value: "20.1.0" });`;
  const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(older)}`;
  const PATH = [bin, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const begin = (env: NodeJS.ProcessEnv) =>
    run("sh", ["-c", scripts.pretest], { cwd: project, env });
  assert.match((await begin({ PATH })).stdout, /^ok /);
  await assert.rejects(begin({ PATH, NODE_OPTIONS }), {
    code: 3,
    stderr: /^cronverge needs Node\.js 26 or newer/,
  });
});

test("its code has the types that an editor needs", async () => {
  const tsc = join(ROOT, "node_modules", ".bin", "tsc");
  const { stdout } = await run(tsc, ["-p", project]);
  assert.equal(stdout, "");
});

test("the packed package completes", async () => {
  const { stdout } = await cronverge("complete", "--", "jobs", "show", "he");
  assert.match(stdout, /^hello\t/);
});

test("the compiled package checks, applies, runs a plugin and knows its errors", async (t) => {
  const { url } = await testDatabase(t);
  const config = "project: dist\njobs:\n  hi: {schedule: '@daily', parameters: {a: 1}}\n";
  const other = await testProject(t, config);
  await other.write("plugins/hi.ts", plugin("return ctx.parameters"));
  const options = { cwd: other.root, env: { CRONVERGE_DATABASE_URL: url } };

  assert.equal((await compiled(["check"], options)).code, 0);
  assert.equal((await compiled(["apply"], options)).code, 0);
  const ran = await compiled(["--json", "jobs", "run", "hi"], options);
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(JSON.parse(ran.stdout).data.jobs_run[0].status, "success");

  const unknown = await compiled(["jobs", "show", "nope"], options);
  assert.deepEqual([unknown.code, unknown.stdout], [1, ""]);
  assert.equal((await compiled(["chek"], options)).code, 64);
  const nowhere = {
    cwd: other.root,
    env: { CRONVERGE_DATABASE_URL: "postgres://127.0.0.1:1/x" },
  };
  assert.equal((await compiled(["jobs", "list"], nowhere)).code, 3);

  await other.write("config.yaml", "jobs: {a: {schedule: '* * *', command: [x]}}");
  const broken = await compiled(["check"], options);
  assert.equal(broken.code, 1);
  assert.match(broken.stdout + broken.stderr, /config\.yaml:1:/);
});
