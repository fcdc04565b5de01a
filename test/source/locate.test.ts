import { after, test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SchedulerError } from "../../src/model/errors.ts";
import { locateProject } from "../../src/source/locate.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "cronverge-locate-")));
after(() => rmSync(base, { recursive: true, force: true }));

const project = join(base, "project");
const config = join(project, "services", "scheduler", "config.yaml");
const deep = join(project, "src", "deep");
const loose = join(base, "loose");
const clone = join(base, "clone");
mkdirSync(join(project, "services", "scheduler"), { recursive: true });
mkdirSync(deep, { recursive: true });
mkdirSync(join(clone, ".git"), { recursive: true });
mkdirSync(join(clone, "jobs"));
mkdirSync(loose);
for (const file of [config, join(loose, "config.yaml"), join(clone, "jobs", "own.yaml")]) {
  writeFileSync(file, "jobs: {}\n");
}

test("the config is searched upward, and the root holds services/", () => {
  for (const cwd of [project, deep, join(project, "services", "scheduler")]) {
    assert.deepEqual(locateProject({ cwd, env: {} }), {
      configFile: config,
      root: project,
      stateDir: join(project, ".cronverge"),
    });
  }
});

test("a named file has the git root above it, else its own folder, as its root", () => {
  const inClone = locateProject({ config: "../clone/jobs/own.yaml", cwd: loose, env: {} });
  assert.deepEqual(inClone, {
    configFile: join(clone, "jobs", "own.yaml"),
    root: clone,
    stateDir: join(clone, ".cronverge"),
  });
  assert.equal(locateProject({ config: "config.yaml", cwd: loose, env: {} }).root, loose);
  writeFileSync(join(loose, ".git"), "gitdir: elsewhere\n");
  assert.equal(
    locateProject({ config: "config.yaml", cwd: loose, env: {} }).root,
    loose,
    "a worktree",
  );
});

test("the option goes before the environment, and that before the search", () => {
  const env = { CRONVERGE_CONFIG: join(clone, "jobs", "own.yaml"), CRONVERGE_STATE_DIR: "state" };
  const found = locateProject({ cwd: deep, env });
  assert.equal(found.configFile, join(clone, "jobs", "own.yaml"));
  assert.equal(found.stateDir, join(deep, "state"));
  const named = locateProject({ config: "x.yaml", stateDir: "/var/s", cwd: loose, env });
  assert.deepEqual([named.configFile, named.stateDir], [join(loose, "x.yaml"), "/var/s"]);
});

test("no config anywhere is an error that says how to name one", () => {
  assert.throws(
    () => locateProject({ cwd: clone, env: { CRONVERGE_CONFIG: "" } }),
    (error) => {
      assert.ok(error instanceof SchedulerError);
      assert.equal(error.code, "config_not_found");
      assert.match(error.help ?? "", /^cronverge init makes one; .* -c FILE or CRONVERGE_CONFIG/);
      return true;
    },
  );
  assert.throws(() => locateProject({ cwd: loose, env: {} }), {
    help: /did you mean -c config\.yaml\?/,
  });
});

test("a config.yml in the place of the config is told its name", () => {
  const misnamed = join(base, "misnamed");
  const other = join(misnamed, "services", "scheduler", "config.yml");
  mkdirSync(join(misnamed, "services", "scheduler"), { recursive: true });
  writeFileSync(other, "jobs: {}\n");
  assert.throws(() => locateProject({ cwd: join(misnamed, "services"), env: {} }), {
    code: "config_not_found",
    help: `the name must be config.yaml: rename ${other}, or name it with -c FILE`,
  });
});

test("where the file is away, the state directory still shows the project", () => {
  const bereft = join(base, "bereft");
  mkdirSync(join(bereft, ".cronverge"), { recursive: true });
  mkdirSync(join(bereft, "deep"));
  assert.deepEqual(locateProject({ cwd: join(bereft, "deep"), env: {} }), {
    configFile: join(bereft, "services", "scheduler", "config.yaml"),
    root: bereft,
    stateDir: join(bereft, ".cronverge"),
  });
});
