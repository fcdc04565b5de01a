import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { renderPlan } from "../../src/views/plan.ts";
import { reportPlan } from "../../src/views/report.ts";
import { plain } from "../helpers/golden.ts";
import { testRepository } from "../helpers/repository.ts";
import type { TestRepository } from "../helpers/repository.ts";
import {
  changedCode,
  committed,
  CONFIG,
  PLUGIN,
  QUIET,
  reviewedPlan,
  seen,
  widened,
} from "./reviewed-code.ts";

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

const GRANTS = `
jobs:
  reads: {plugin: j, schedule: "@daily", permissions: {read: [../../data]}}
  writes: {plugin: j, schedule: "@daily", permissions: {write: [../../data, ../../out]}}
  deep: {plugin: j, schedule: "@daily", permissions: {read: [../../data/deep]}}
  none: {plugin: j, schedule: "@daily"}
`;

test("a link in a granted folder is seen, and widens the grant where it leads out", async (t) => {
  const repository = await committed(t, {
    [CONFIG]: GRANTS,
    [PLUGIN]: QUIET,
    ".gitignore": "ignored\n",
    "data/deep/a.txt": "1\n",
    "out/a.txt": "1\n",
  });
  const link = (target: string, name: string): Promise<void> =>
    symlink(target, join(repository.root, name));
  await link("/", "data/ignored");
  assert.deepEqual(await changedCode(repository), {});
  await rm(join(repository.root, "data/ignored"));
  await link("deep/a.txt", "data/inside");
  const inside = "data/inside +1 -0, link to deep/a.txt";
  assert.deepEqual(await seen(repository), { reads: [inside], writes: [inside] });
  assert.deepEqual(await widened(repository), []);
  await link("../../out", "data/deep/out");
  const deep = "data/deep/out, a link to ../../out";
  assert.deepEqual(await widened(repository), [`reads: read: ${deep}`, `deep: read: ${deep}`]);
  await seen(repository);
  for (const target of ["/", "../..", "deep/../../x"]) {
    await link(target, "data/deep/all");
    const changed = await widened(repository);
    assert.equal(changed[0], `reads: read: data/deep/all, a link to ${target}`);
    assert.equal(changed.length, 3);
    await seen(repository);
    assert.equal((await widened(repository, { from: "HEAD~1", to: "HEAD" })).length, 3);
    await rm(join(repository.root, "data/deep/all"));
  }
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
  assert.deepEqual(await widened(repository), ["j: read: services/scheduler/data, a link to /etc"]);
  assert.deepEqual(await changedCode(repository), {
    j: ["services/scheduler/data +1 -0, link to /etc"],
  });
});

test("a plan says that what commands load further is not compared, where one does", async (t) => {
  const said = "Not compared: what commands load further";
  const scripts = 'jobs:\n  j: {schedule: "@daily", command: [node, run.mjs]}\n';
  const repository = await committed(t, { [CONFIG]: scripts, "run.mjs": "1;\n" });
  assert.ok((await shown(repository)).includes(said));
  await repository.write("run.mjs", "2;\n");
  assert.ok((await shown(repository)).includes(said));
  const few = 'jobs:\n  j: {schedule: "@daily", command: [date]}\n';
  const other = await committed(t, { [CONFIG]: few });
  assert.ok(!(await shown(other)).includes(said));
});

async function shown(repository: TestRepository): Promise<string> {
  const plan = await reviewedPlan(repository);
  assert.ok(plan !== null);
  const human = renderPlan(plan, { color: plain });
  const options = { diagnostics: [], sources: new Map(), file: CONFIG, pathOf: String };
  const markdown = reportPlan(plan, { ...options, reporter: "markdown" });
  assert.equal(markdown.includes("Not compared"), human.includes("Not compared"));
  return human;
}
