import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

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
  const main = join(project, "node_modules", "cronverge", "dist", "main.js");
  return run(process.execPath, [main, ...args], { cwd: project, env: {} });
}

test("what init of the packed package writes passes check", async () => {
  const { stdout, stderr } = await cronverge("check");
  assert.deepEqual([stdout, stderr], ["ok  services/scheduler/config.yaml: 2 jobs\n", ""]);
});

test("its test passes with node --test alone, and can fail", async () => {
  const tests = () => run(process.execPath, ["--test"], { cwd: project, env: {} });
  assert.match((await tests()).stdout, /pass 2/);
  const plugin = join(project, "services/scheduler/plugins/hello.ts");
  const text = await readFile(plugin, "utf8");
  await writeFile(plugin, text.replace("hello, ", "bye, "));
  await assert.rejects(tests());
  await writeFile(plugin, text);
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
