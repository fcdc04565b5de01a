import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { review } from "../../src/cli/review.ts";
import type { CodeChange } from "../../src/plan/change.ts";
import { testRepository } from "../helpers/repository.ts";
import type { TestRepository } from "../helpers/repository.ts";

const CONFIG = "services/scheduler/config.yaml";
const PLUGIN = "services/scheduler/plugins/j.ts";
const PLUGIN_JOB = "jobs:\n  j: {schedule: '@daily'}\n";
const QUIET = "export default () => 1;\n";

/** The changed code of each job: the files, and what is not known. */
async function changedCode(
  { root }: TestRepository,
  sides: { against?: string; from?: string; to?: string } = { against: "main" },
): Promise<Record<string, string[]>> {
  const nowMs = Date.parse("2026-11-21T12:00:00Z");
  const options = { displayName: CONFIG, nowMs, horizonMs: 1_000, allowPrune: true };
  const { plan, diagnostics } = await review(join(root, CONFIG), { ...sides, ...options });
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
  return Object.fromEntries(plan?.changes.map(({ name, code }) => [name, linesOf(code)]) ?? []);
}

function linesOf(code: CodeChange | null): string[] {
  const files = code?.files?.map(({ file, added, removed, note }) => {
    const counts = `${file} +${added} -${removed}`;
    return note === undefined ? counts : `${counts}, ${note}`;
  });
  return [...(files ?? []), ...(code?.unknown ?? [])];
}

/** A commit with these files, upon which what is changed is seen in both ways to compare. */
async function committed(t: Parameters<typeof testRepository>[0], files: Record<string, string>) {
  const repository = await testRepository(t);
  for (const [name, text] of Object.entries(files)) await repository.write(name, text);
  repository.commit("base");
  assert.deepEqual(await changedCode(repository), {});
  return repository;
}

async function seen(repository: TestRepository): Promise<Record<string, string[]>> {
  repository.git("add", "--all", "--force");
  const uncommitted = await changedCode(repository);
  repository.commit("change");
  const between = await changedCode(repository, { from: "HEAD~1", to: "HEAD" });
  assert.deepEqual(uncommitted, between);
  return between;
}

test("a committed package is code of the plugin, an installed one is not", async (t) => {
  const repository = await committed(t, {
    [CONFIG]: PLUGIN_JOB,
    [PLUGIN]: `import "dep"; import "other";\n${QUIET}`,
    ".gitignore": "node_modules/other\n",
    "package.json": '{"dependencies": {"dep": "1", "other": "1"}}',
    "node_modules/dep/package.json": '{"main": "i.js"}',
    "node_modules/dep/i.js": "module.exports = 1;\n",
  });
  await repository.write("node_modules/other/index.js", "module.exports = 1;\n");
  await repository.write("node_modules/other/package.json", '{"version": "1"}');
  assert.deepEqual(await changedCode(repository), {});
  await repository.write("node_modules/dep/i.js", "module.exports = 2;\n");
  assert.deepEqual(await changedCode(repository), { j: ["node_modules/dep/i.js +1 -1"] });
  repository.commit("change");
  assert.deepEqual(await changedCode(repository, { from: "HEAD~1", to: "HEAD" }), {
    j: ["node_modules/dep/i.js +1 -1"],
  });
});

test("package.json counts by what it decides, without a lock file too", async (t) => {
  const manifest = (more: object, dep = "^1"): string =>
    JSON.stringify({ dependencies: { dep, unused: dep }, ...more });
  const repository = await committed(t, {
    [CONFIG]: PLUGIN_JOB,
    [PLUGIN]: `import "dep";\n${QUIET}`,
    "package.json": manifest({}),
  });
  await repository.write("package.json", manifest({ version: "2.0.0", scripts: { x: "y" } }));
  assert.deepEqual(await seen(repository), {});
  await repository.write("package.json", manifest({ sideEffects: false }));
  assert.deepEqual(await seen(repository), { j: ["package.json +1 -0"] });
  await repository.write("package.json", manifest({ sideEffects: false }, "npm:evil@1"));
  assert.deepEqual(await seen(repository), { j: ["package.json +1 -1"] });
});

const OUTER_LOCK = "package-lock.json";
const INNER_LOCK = "services/scheduler/plugins/package-lock.json";

test("each lock file at or above a module that imports a package counts", async (t) => {
  const lock = (version: string, more: object = {}): string =>
    JSON.stringify({ packages: { "node_modules/dep": { version }, ...more } });
  const repository = await committed(t, {
    [CONFIG]: PLUGIN_JOB,
    [PLUGIN]: `import "dep";\n${QUIET}`,
    "package.json": '{"dependencies": {"dep": "1"}}',
    [OUTER_LOCK]: lock("1.0.0"),
    [INNER_LOCK]: lock("1.0.0"),
  });
  await repository.write(INNER_LOCK, lock("1.0.1"));
  assert.deepEqual(await seen(repository), { j: [`${INNER_LOCK} +1 -1`] });
  await repository.write(OUTER_LOCK, lock("1.0.1"));
  assert.deepEqual(await seen(repository), { j: [`${OUTER_LOCK} +1 -1`] });
  await repository.write(OUTER_LOCK, lock("1.0.1", { "node_modules/other": { version: "2" } }));
  assert.deepEqual(await seen(repository), {});
});

test("the lock file of plugins that stand elsewhere than the config counts", async (t) => {
  const lock = (version: string): string =>
    JSON.stringify({ packages: { "node_modules/dep": { version } } });
  const repository = await committed(t, {
    [CONFIG]: `plugins: ../../worker/jobs\n${PLUGIN_JOB}`,
    "worker/jobs/j.ts": `import "dep";\n${QUIET}`,
    "worker/package.json": '{"dependencies": {"dep": "1"}}',
    "worker/package-lock.json": lock("1.0.0"),
    ".gitignore": "yarn.lock\n",
  });
  await repository.write("worker/yarn.lock", "made by a run\n");
  assert.deepEqual(await changedCode(repository), {});
  await rm(join(repository.root, "worker/yarn.lock"));
  await repository.write("worker/package-lock.json", lock("1.0.1"));
  assert.deepEqual(await seen(repository), { j: ["worker/package-lock.json +1 -1"] });
});

test("Plug'n'Play is refused where a package is imported, and whoever leaves it is compared", async (t) => {
  const repository = await testRepository(t);
  await repository.write(CONFIG, PLUGIN_JOB);
  await repository.write(PLUGIN, `import "dep";\n${QUIET}`);
  await repository.write("package.json", '{"dependencies": {"dep": "1"}}');
  repository.commit("base");
  await repository.write(".pnp.data.json", "{}");
  repository.commit("Plug'n'Play");
  await assert.rejects(changedCode(repository, { from: "HEAD~1", to: "HEAD" }), /plugin\/pnp/);
  await repository.write(PLUGIN, `${QUIET}await import("dep");\n`);
  await assert.rejects(changedCode(repository, { from: "HEAD~1" }), /plugin\/pnp/);
  repository.git("checkout", "--quiet", PLUGIN);
  await rm(join(repository.root, ".pnp.data.json"));
  await repository.write(PLUGIN, `import "dep";\n\n${QUIET}`);
  repository.commit("left");
  const left = await changedCode(repository, { from: "HEAD~1", to: "HEAD" });
  assert.deepEqual(left["j"]?.[0], `${PLUGIN} +1 -0`);
});

test("bytes that are no text differ where they differ", async (t) => {
  const repository = await committed(t, { [CONFIG]: PLUGIN_JOB, [PLUGIN]: QUIET });
  const write = (byte: number): Promise<void> => {
    const text = Buffer.concat([Buffer.from(QUIET), Buffer.from("//"), Buffer.from([byte])]);
    return writeFile(join(repository.root, PLUGIN), text);
  };
  await write(0xff);
  assert.deepEqual(await seen(repository), { j: [`${PLUGIN} +1 -0`] });
  await write(0xfe);
  assert.deepEqual(await seen(repository), { j: [`${PLUGIN} +0 -0`] });
});

test("code that is not fully known says so where it changes", async (t) => {
  const repository = await committed(t, { [CONFIG]: PLUGIN_JOB, [PLUGIN]: QUIET });
  await repository.write(PLUGIN, "export default (n: string) => import(n);\n");
  assert.deepEqual(await seen(repository), {
    j: [`${PLUGIN} +1 -1`, `${PLUGIN}:1:38 loads a module whose name is computed`],
  });
});

const COMMANDS = `
jobs:
  script: {schedule: "@daily", command: [./scripts/backup.sh, --fast]}
  body: {schedule: "@daily", command: [curl, -d, "@scripts/body.json", --data=@scripts/more.json]}
  argument: {schedule: "@daily", command: [node, --import=./scripts/first.mjs, scripts/run.mjs]}
  shell: {schedule: "@daily", command: "cd scripts && sh 'in.sh' >/dev/null"}
  folder: {schedule: "@daily", command: [sh, in.sh], cwd: ../../scripts}
  value:
    schedule: "@daily"
    command: [env]
    env: {KEY: {file: ../../value.txt}}
  plain: {schedule: "@daily", command: [date, "${"x".repeat(400)}"]}
`;

test("the files that a job names are its code", async (t) => {
  const names = ["backup.sh", "body.json", "more.json", "first.mjs", "run.mjs", "in.sh"].map(
    (name) => `scripts/${name}`,
  );
  const repository = await committed(t, {
    [CONFIG]: COMMANDS,
    "value.txt": "1\n",
    date: "1\n",
    ...Object.fromEntries(names.map((name) => [name, "1\n"])),
  });
  for (const name of [...names, "value.txt", "date"]) await repository.write(name, "2\n");
  assert.deepEqual(await seen(repository), {
    script: ["scripts/backup.sh +1 -1"],
    body: ["scripts/body.json +1 -1", "scripts/more.json +1 -1"],
    argument: ["scripts/first.mjs +1 -1", "scripts/run.mjs +1 -1"],
    shell: ["scripts/in.sh +1 -1"],
    folder: ["scripts/in.sh +1 -1"],
    value: ["value.txt +1 -1"],
  });
  await rm(join(repository.root, "scripts/backup.sh"));
  await symlink("/bin/true", join(repository.root, "scripts/backup.sh"));
  assert.deepEqual(await seen(repository), {
    script: ["scripts/backup.sh +1 -1, now link to /bin/true"],
  });
  await rm(join(repository.root, "scripts/backup.sh"));
  assert.deepEqual(await seen(repository), { script: ["scripts/backup.sh +0 -1"] });
});

test("the commit of a submodule that a job's command leads into is code of the job", async (t) => {
  const repository = await committed(t, {
    [CONFIG]: `
jobs:
  inner: {schedule: "@daily", command: [sh, vendor/lib/run.sh]}
  other: {schedule: "@daily", command: [sh, vendor/run.sh]}
`,
  });
  const library = await testRepository(t);
  const first = library.commit("first");
  const second = library.commit("second");
  repository.git("update-index", "--add", "--cacheinfo", `160000,${first},vendor/lib`);
  repository.git("commit", "--quiet", "-m", "a submodule");
  assert.deepEqual(await changedCode(repository, { from: "HEAD~1", to: "HEAD" }), {
    inner: [`vendor/lib +1 -0, submodule at ${first.slice(0, 12)}`],
  });
  repository.git("update-index", "--cacheinfo", `160000,${second},vendor/lib`);
  const bump = `submodule at ${first.slice(0, 12)} → submodule at ${second.slice(0, 12)}`;
  assert.deepEqual(await changedCode(repository), { inner: [`vendor/lib +1 -1, ${bump}`] });
  repository.git("commit", "--quiet", "-m", "a newer one");
  assert.deepEqual(await changedCode(repository, { from: "HEAD~1", to: "HEAD" }), {
    inner: [`vendor/lib +1 -1, ${bump}`],
  });
  await mkdir(join(repository.root, "vendor"), { recursive: true });
  execFileSync("git", ["clone", "--quiet", library.root, join(repository.root, "vendor/lib")]);
  assert.deepEqual(await changedCode(repository), {});
  const head = join(repository.root, "vendor/lib");
  execFileSync("git", ["-C", head, "checkout", "--quiet", first]);
  assert.deepEqual(Object.keys(await changedCode(repository)), ["inner"]);
});

test("a script that can no longer be started, or now can, is another program", async (t) => {
  const repository = await committed(t, {
    [CONFIG]: 'jobs:\n  j: {schedule: "@daily", command: [./run.sh]}\n',
    "run.sh": "#!/bin/sh\n",
  });
  await chmod(join(repository.root, "run.sh"), 0o755);
  assert.deepEqual(await seen(repository), { j: ["run.sh +0 -0, now executable"] });
  await chmod(join(repository.root, "run.sh"), 0o644);
  assert.deepEqual(await seen(repository), { j: ["run.sh +0 -0, no longer executable"] });
  repository.git("config", "core.fileMode", "false");
  await chmod(join(repository.root, "run.sh"), 0o755);
  assert.deepEqual(await changedCode(repository), {});
});

test("a folder that becomes a link is seen, and what runs leave behind is not", async (t) => {
  const config = `
jobs:
  j:
    schedule: "@daily"
    permissions: {read: [data, ../../ignored], write: [../../state.json, ../../ignored/x]}
`;
  const repository = await committed(t, {
    [CONFIG]: config,
    [PLUGIN]: QUIET,
    ".gitignore": "ignored\nstate.json\n",
    "services/scheduler/data/a.txt": "1\n",
  });
  await repository.write("ignored/x", "1\n");
  await repository.write("state.json", "{}\n");
  await repository.write("services/scheduler/data/b.txt", "1\n");
  assert.deepEqual(await changedCode(repository), {});
  const data = join(repository.root, "services/scheduler/data");
  await rm(data, { recursive: true });
  await mkdir(dirname(data), { recursive: true });
  await symlink("/etc", data);
  assert.deepEqual(await changedCode(repository), {
    j: ["services/scheduler/data +1 -0, link to /etc"],
  });
});
