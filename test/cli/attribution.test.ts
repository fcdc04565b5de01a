import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Database } from "../../src/store/connection.ts";
import { listJobs } from "../../src/store/jobs.ts";
import { cli } from "../helpers/cli.ts";
import type { CliResult } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { plugin, testProject } from "../helpers/project.ts";
import type { TestProject } from "../helpers/project.ts";
import { parseOutput } from "./output-schemas.ts";

interface Given {
  database: Database;
  project: TestProject;
  /** A command line in the project, on its database. */
  run: (...args: string[]) => Promise<CliResult>;
  json: (name: string, ...args: string[]) => Promise<Record<string, unknown>>;
}

async function given(t: TestContext, config: string): Promise<Given> {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, config);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const run = (...args: string[]) => cli(args, options);
  const json = async (name: string, ...args: string[]) => {
    const { stdout, stderr } = await run("--json", ...args);
    assert.notEqual(stdout, "", stderr);
    return parseOutput(name, stdout).data;
  };
  return { database, project, run, json };
}

const job = (name: string, extra = "") =>
  `  ${name}: {schedule: "@yearly", command: ["true"]${extra}}\n`;
const jobs = (...lines: string[]) => `jobs:\n${lines.join("")}`;

/** Commits everything as that author, each time a minute later; returns the hash. */
function commitAll(folder: string, subject: string, author = "Ann"): string {
  seconds += 60;
  const git = (...args: string[]): string =>
    execFileSync("git", args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: {
        PATH: process.env["PATH"],
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_AUTHOR_NAME: author,
        GIT_AUTHOR_EMAIL: "author@example.com",
        GIT_COMMITTER_NAME: author,
        GIT_COMMITTER_EMAIL: "author@example.com",
        GIT_COMMITTER_DATE: `@${seconds} +0000`,
      },
    });
  git("init", "--quiet");
  git("add", "--all", ".", ":!.cronverge");
  git("commit", "--quiet", "-m", subject);
  return git("rev-parse", "HEAD").trim();
}

let seconds = 1_790_000_000;

test("plan --out saves what apply does, for the owner's eyes", async (t) => {
  const { database, project, run } = await given(t, jobs(job("a"), job("b")));
  const file = join(project.root, "saved.json");
  const planned = await run("plan", "--out", file);
  assert.equal(planned.code, 0, planned.stderr);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const applied = await run("apply", file);
  assert.match(applied.stdout, /Revision 1 is in force/);
  assert.equal((await listJobs(database)).length, 2);
  const again = await run("apply", file);
  assert.equal(again.code, 1);
  assert.match(
    again.stderr,
    /revision 1 is in force, applied by .*made before anything was applied/,
  );
  assert.match(again.stderr, /help: .*cronverge plan --out FILE/);
});

test("a saved plan keeps --allow-prune, and takes no other", async (t) => {
  const { database, project, run } = await given(t, jobs(job("a"), job("b")));
  await run("apply");
  await project.write("config.yaml", "jobs: {}\n");
  const file = join(project.root, "saved.json");
  const refused = await run("plan", "--out", file);
  assert.equal(refused.code, 1);
  await assert.rejects(stat(file), "nobody may apply a refused plan, so there is none");
  await run("plan", "--allow-prune", "--out", file);
  const twice = await run("apply", file, "--allow-prune");
  assert.equal(twice.code, 64, twice.stderr);
  assert.equal((await run("apply", file)).code, 0);
  assert.deepEqual(await listJobs(database), []);
});

test("only a saved plan is written over, and only one is applied", async (t) => {
  const { project, run } = await given(t, jobs(job("a")));
  const notes = join(project.root, "notes.txt");
  await writeFile(notes, "mine\n");
  const kept = await run("plan", "--out", notes);
  assert.equal(kept.code, 64, kept.stderr);
  assert.equal(await readFile(notes, "utf8"), "mine\n");
  assert.match((await run("apply", notes)).stderr, /not a saved plan/);
  const file = join(project.root, "saved.json");
  await run("plan", "--out", file);
  const text = await readFile(file, "utf8");
  await writeFile(file, text.slice(0, text.length / 2));
  assert.match((await run("apply", file)).stderr, /damaged/);
  assert.equal((await run("plan", "--out", file)).code, 0, "a damaged one is replaced");
  assert.equal((await run("apply", file)).code, 0);
  const missing = await run("apply", join(project.root, "none.json"));
  assert.equal(missing.code, 3, missing.stderr);
});

test("an edited file refuses the saved plan", async (t) => {
  const { project, run } = await given(t, jobs(job("a")));
  const file = join(project.root, "saved.json");
  await run("plan", "--out", file);
  await project.write("config.yaml", jobs(job("a"), job("b")));
  const { code, stdout, stderr } = await run("apply", file);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /config\.yaml changed since the plan was made/);
});

test("any two revisions are compared, forward and back", async (t) => {
  const { database, project, run, json } = await given(t, jobs(job("a"), job("b")));
  await run("apply");
  await project.write("config.yaml", jobs(job("a", ", timeout: 9m"), job("b")));
  await run("apply");
  await project.write("config.yaml", jobs(job("c", ", timeout: 9m, renamed_from: a"), job("b")));
  await run("apply");
  type Diff = { plan: { changes: Record<string, unknown>[] } | null; between: { id: number }[] };
  const told = async (...args: string[]) => {
    const data = (await json("revisions-diff", "revisions", "diff", ...args)) as Diff;
    const changes = data.plan?.changes.map(
      ({ action, name, renamedFrom }) => `${String(action)} ${String(name)} ${String(renamedFrom)}`,
    );
    return { changes, between: data.between.map(({ id }) => id) };
  };
  assert.deepEqual(await told("1"), { changes: ["update c a"], between: [3, 2] });
  assert.deepEqual(await told("1", "2"), { changes: ["update a null"], between: [2] });
  assert.deepEqual(await told("3", "1"), { changes: ["update a c"], between: [3, 2] });
  assert.deepEqual(await told("3"), { changes: [], between: [] });
  const unknown = await run("revisions", "diff", "1", "9");
  assert.deepEqual([unknown.code, unknown.stdout], [1, ""]);

  await database.query("update config_revisions set changes = null where id = 2");
  assert.deepEqual(await told("2", "3"), { changes: ["update c a"], between: [3] });
  const { stdout } = await run("revisions", "diff", "1");
  assert.match(stdout, /compared as texts/);
  assert.match(stdout, /^-  a: \{schedule: "@yearly", command: \["true"\]\}$/m);
  const shown = await json("revisions-show", "revisions", "show", "2");
  assert.equal(shown["plan"], null);
});

test("a renamed job is found by its new name, and its old one says so", async (t) => {
  const { project, run, json } = await given(t, jobs(job("old")));
  await run("apply");
  await run("jobs", "run", "old");
  await project.write("config.yaml", jobs(job("new", ", renamed_from: old")));
  const before = await json("blame", "blame", "new");
  assert.equal((before["revisions"] as unknown[]).length, 1, "its past is known before the apply");
  await run("apply");
  const history = await json("jobs-history", "jobs", "history", "--job", "new");
  assert.equal(history["total"], 1);
  const renamed = await run("jobs", "show", "old");
  assert.match(renamed.stderr, /The job 'old' was renamed\n.*it is called new now/);
  const blamed = await run("blame", "old");
  assert.equal(blamed.code, 1);
  assert.match(blamed.stderr, /it is called new now/);
});

const REPORT = `jobs:
  report:
    schedule: "0 8 * * 1"
    timeout: 5m
    parameters: {limit: 10}
`;

test("blame says who changed what, and which commit ran when", async (t) => {
  const { project, run, json } = await given(t, REPORT);
  await project.write(
    "plugins/report.ts",
    `import { n } from "../rows.ts";\n${plugin("return { n };")}`,
  );
  await project.write("rows.ts", "export const n = 1;\n");
  const first = commitAll(project.root, "Add the report", "Ann");
  await run("apply");
  await run("jobs", "run", "report");
  await project.write("config.yaml", REPORT.replace("0 8", "30 8"));
  const second = commitAll(project.root, "Run it later", "Bob");
  await run("apply");
  await project.write("config.yaml", REPORT.replace("0 8", "30 8").replace("10", "20"));
  await project.write("rows.ts", "export const n = 2;\n");
  const applied = await json("apply", "apply");
  assert.deepEqual([applied["git_commit"], applied["git_dirty"]], [second, true]);

  type Line = { commit: { commit: string; author: string } | null; keys: { key: string }[] };
  const data = await json("blame", "blame", "report");
  const keys = (data["lines"] as Line[]).map(({ commit, keys: own }) => [
    commit?.author ?? null,
    own.map(({ key }) => key),
  ]);
  assert.deepEqual(keys, [
    [null, ["parameters"]],
    ["Bob", ["schedule"]],
    ["Ann", ["report", "timeout"]],
  ]);
  type File = { file: string; dirty: boolean; commit: { commit: string } };
  const files = (data["code"] as File[]).map(({ file, dirty, commit }) => [
    file,
    dirty,
    commit.commit,
  ]);
  const folder = "services/scheduler";
  assert.deepEqual(files, [
    [`${folder}/plugins/report.ts`, false, first],
    [`${folder}/rows.ts`, true, first],
  ]);
  const revisions = data["revisions"] as Record<string, unknown>[];
  assert.deepEqual(
    revisions.map((item) => [item["git_commit"], item["git_dirty"], item["runs"], item["version"]]),
    [
      [second, true, 0, "1.0.1"],
      [second, false, 0, "1.0.0"],
      [first, false, 1, "1.0.0"],
    ],
  );
  assert.match((await run("revisions", "list")).stdout, /- +uncommitted changes to: Run it later/);
  assert.match((await run("apply")).stdout, /uncommitted changes to commit .*, applied by /);
});

test("code that is not committed counts as uncommitted changes", async (t) => {
  const { project, json, run } = await given(t, REPORT);
  await project.write("plugins/report.ts", plugin("return 1;"));
  commitAll(project.root, "Add the report");
  assert.equal((await json("apply", "apply"))["git_dirty"], false);
  await project.write("plugins/report.ts", plugin("return 2;"));
  assert.equal((await json("apply", "apply"))["git_dirty"], true);
  assert.match((await run("revisions", "show", "2")).stdout, /Edited +with uncommitted changes/);
});

test("each half of blame stands without the other", async (t) => {
  const { project, run } = await given(t, REPORT);
  await project.write("plugins/report.ts", plugin("return 1;"));
  await run("apply");
  const outside = await run("blame", "report");
  assert.equal(outside.code, 0);
  assert.match(outside.stdout, /git tells nothing of .*config\.yaml: not a git repository/);
  assert.match(outside.stdout, /^1 +create/m);

  commitAll(project.root, "Add the report");
  const env = { CRONVERGE_DATABASE_URL: "postgres://nobody:none@127.0.0.1:1/none" };
  const away = await cli(["blame", "report"], { cwd: project.root, env });
  assert.equal(away.code, 0, away.stderr);
  assert.match(away.stdout, /Add the report/);
  assert.match(away.stdout, /Which commit ran when is not known: .*cannot be reached/);
  const unknown = await cli(["blame", "repot"], { cwd: project.root, env });
  assert.match(unknown.stderr, /Unknown job: repot[^]*did you mean `report`\?/);

  await project.write("config.yaml", `${REPORT}  broken: [\n`);
  const broken = await run("blame", "report");
  assert.equal(broken.code, 0, broken.stderr);
  assert.match(broken.stdout, /Add the report/);
});
