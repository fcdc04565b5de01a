import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { cli } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import type { Cleanup } from "../helpers/database.ts";
import { assertGolden } from "../helpers/golden.ts";
import { gitIn } from "../helpers/repository.ts";
import { parseOutput } from "./output-schemas.ts";

async function emptyFolder(t: Cleanup): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "cronverge-init-")));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function initIn(cwd: string) {
  const { code, stdout, stderr } = await cli(["--json", "init"], { cwd });
  assert.deepEqual([code, stderr], [0, ""]);
  const { data } = parseOutput("init", stdout);
  return data as {
    written: string[];
    left_alone: string[];
    left_out: { path: string; reason: string }[];
    add_to_package: { section: string; name: string }[];
  };
}

test("a new project passes check without a word, and plan, apply and run at once", async (t) => {
  const { url } = await testDatabase(t);
  const folder = await emptyFolder(t);
  const made = await cli(["init", "my project"], { cwd: folder });
  assert.deepEqual([made.code, made.stderr], [0, ""]);
  assertGolden("cli-init.txt", made.stdout);
  const options = { cwd: join(folder, "my project"), env: { CRONVERGE_DATABASE_URL: url } };

  const checked = await cli(["check", "--json"], options);
  assert.deepEqual(JSON.parse(checked.stdout).data.diagnostics, []);
  const planned = await cli(["plan", "--detailed-exitcode"], options);
  assert.equal(planned.code, 2, planned.stderr);
  assert.equal((await cli(["apply"], options)).code, 0);
  const ran = await cli(["jobs", "run", "hello", "nightly-disk-space"], options);
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(
    JSON.parse(await readFile(join(options.cwd, "package.json"), "utf8")).name,
    "my-project",
  );
});

test("the state directory keeps itself out of git, unless it was there before", async (t) => {
  const { url } = await testDatabase(t);
  const folder = await emptyFolder(t);
  await initIn(folder);
  await writeFile(join(folder, ".gitignore"), "");
  const options = { cwd: folder, env: { CRONVERGE_DATABASE_URL: url } };
  assert.equal((await cli(["apply"], options)).code, 0);
  gitIn(folder, ["init", "--quiet"]);
  const seen = gitIn(folder, ["status", "--porcelain", "-uall"]);
  assert.match(seen, /config\.yaml/);
  assert.doesNotMatch(seen, /\.cronverge/);

  const shared = join(folder, "shared");
  await mkdir(shared);
  assert.equal((await cli(["--state-dir", shared, "apply"], options)).code, 0);
  assert.ok(existsSync(join(shared, "last-good-settings.json")));
  assert.ok(!existsSync(join(shared, ".gitignore")), "it may hold things that belong into git");
});

test("what is there is left alone, and a second init writes nothing", async (t) => {
  const folder = await emptyFolder(t);
  const manifest = '{"type": "commonjs", "scripts": {"test": "mocha"}}';
  await writeFile(join(folder, "package.json"), manifest);
  await writeFile(join(folder, "README.md"), "# Mine\n");
  await symlink("/nowhere/at/all", join(folder, "AGENTS.md"));

  const first = await initIn(folder);
  assert.deepEqual(first.left_alone.sort(), ["AGENTS.md", "README.md", "package.json"]);
  assert.equal(await readFile(join(folder, "package.json"), "utf8"), manifest);
  assert.deepEqual(
    first.add_to_package.map(({ section, name }) => `${section}.${name}`),
    ["dependencies.cronverge", "scripts.schedule"],
  );
  assert.deepEqual(
    first.left_out.map(({ path }) => path),
    ["tsconfig.json"],
  );
  const plugins = readdirSync(join(folder, "services/scheduler/plugins"));
  assert.deepEqual(
    plugins.sort(),
    ["hello.mts", "hello.test.mts"],
    "modules, whatever the package",
  );
  assert.equal((await cli(["check"], { cwd: folder })).code, 0);

  const config = join(folder, "services/scheduler/config.yaml");
  await writeFile(config, "jobs: {}\n");
  const second = await initIn(folder);
  assert.deepEqual(second.written, []);
  assert.equal(await readFile(config, "utf8"), "jobs: {}\n");
});

test("beside a config of one's own, nothing is written that goes with ours", async (t) => {
  const folder = await emptyFolder(t);
  await mkdir(join(folder, "services/scheduler"), { recursive: true });
  await writeFile(join(folder, "services/scheduler/config.yaml"), "jobs: {}\n");
  const { written, left_out: leftOut } = await initIn(folder);
  assert.deepEqual(
    leftOut.map(({ path }) => path),
    [
      "services/scheduler/schema.json",
      "services/scheduler/plugins/hello.ts",
      "services/scheduler/plugins/hello.test.ts",
    ],
  );
  assert.ok(written.includes(".github/workflows/schedule.yml"));
});

test("below the root of a repository the workflow is left out: nobody would read it", async (t) => {
  const folder = await emptyFolder(t);
  gitIn(folder, ["init", "--quiet"]);
  await mkdir(join(folder, "inner"));
  const { left_out: leftOut } = await initIn(join(folder, "inner"));
  assert.deepEqual(leftOut, [
    {
      path: ".github/workflows/schedule.yml",
      reason: `it belongs into the root of the repository, ${folder}`,
    },
  ]);
});

test("a folder that cannot be written is said, with 3", async (t) => {
  const folder = await emptyFolder(t);
  await writeFile(join(folder, "services"), "a file\n");
  const { code, stdout, stderr } = await cli(["init"], { cwd: folder });
  assert.deepEqual([code, stdout], [3, ""]);
  assert.match(stderr, /services/);
});

test("the schema beside the config is what `schema` prints", async (t) => {
  const folder = await emptyFolder(t);
  await initIn(folder);
  const { stdout } = await cli(["schema"], { cwd: folder });
  assert.equal(await readFile(join(folder, "services/scheduler/schema.json"), "utf8"), stdout);
});

interface Workflow {
  permissions: object;
  jobs: Record<string, { permissions: object; if?: string; steps: Step[] }>;
}

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

async function writtenWorkflow(t: Cleanup): Promise<Workflow> {
  const folder = await emptyFolder(t);
  await initIn(folder);
  return parse(await readFile(join(folder, ".github/workflows/schedule.yml"), "utf8"));
}

test("the workflow grants little, and no text of a pull request reaches a shell's script", async (t) => {
  const { permissions, jobs } = await writtenWorkflow(t);
  assert.deepEqual(permissions, {});
  const granted = Object.entries(jobs).map(([name, job]) => [name, job.permissions]);
  assert.deepEqual(Object.fromEntries(granted), {
    plan: { contents: "read" },
    comment: { "pull-requests": "write" },
    "take-labels-back": { "pull-requests": "write" },
  });
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  for (const { run = "" } of steps) assert.doesNotMatch(run, /\$\{\{/);
  for (const name of ["comment", "take-labels-back"]) {
    assert.match(jobs[name]?.if ?? "", /head\.repo\.full_name == github\.repository/);
    const used = jobs[name]?.steps.flatMap(({ uses }) => uses ?? []) ?? [];
    const downloads = used.filter((action) => action !== "actions/download-artifact@v4");
    assert.deepEqual(downloads, [], "a job that may write checks nothing out");
  }
});

test("the workflow names commits by their hashes, and keeps no token beside them", async (t) => {
  const { jobs } = await writtenWorkflow(t);
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
  const expected = { "persist-credentials": false };
  assert.deepEqual(
    checkouts.map(({ with: given }) => given),
    [
      { ...expected, ref: "${{ github.event.pull_request.base.sha }}", path: "base" },
      {
        ...expected,
        ref: "${{ github.event.pull_request.head.sha }}",
        path: "pr",
        "fetch-depth": 0,
      },
    ],
  );
});

test("a new project's tests begin with what an older Node fails at", async (t) => {
  const folder = await emptyFolder(t);
  await initIn(folder);
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  assert.deepEqual(
    [manifest.scripts.pretest, manifest.engines],
    ["cronverge check", { node: ">=26" }],
  );
});

test("a file in the place of the folder is told, with 64", async (t) => {
  const folder = await emptyFolder(t);
  await writeFile(join(folder, "notes"), "mine\n");
  for (const directory of ["notes", "notes/inner"]) {
    const { code, stdout, stderr } = await cli(["init", directory], { cwd: folder });
    assert.deepEqual([code, stdout], [64, ""]);
    assert.match(stderr, new RegExp(`${directory} cannot be a project: there is a file`));
    assert.doesNotMatch(stderr, /EEXIST|ENOTDIR/);
  }
});
