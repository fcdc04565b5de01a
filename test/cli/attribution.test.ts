import assert from "node:assert/strict";
import { test } from "node:test";
import { latestRevision } from "../../src/store/revisions.ts";
import { cli } from "../helpers/cli.ts";
import { testNode } from "../helpers/node.ts";
import { applyProject, plugin } from "../helpers/project.ts";
import { commitAll } from "../helpers/repository.ts";
import { runOnce } from "../helpers/runs.ts";
import { together } from "../helpers/together.ts";
import { configOf, typedProject, yearlyJob } from "./typed.ts";

test("any two revisions are compared, forward and back", async (t) => {
  const { database, project, run, json } = await typedProject(
    t,
    configOf(yearlyJob("a"), yearlyJob("b")),
  );
  await applyProject(database, project);
  await project.write("config.yaml", configOf(yearlyJob("a", ", timeout: 9m"), yearlyJob("b")));
  await applyProject(database, project);
  await project.write(
    "config.yaml",
    configOf(yearlyJob("c", ", timeout: 9m, renamed_from: a"), yearlyJob("b")),
  );
  await applyProject(database, project);
  type Diff = { plan: { changes: Record<string, unknown>[] } | null; between: { id: number }[] };
  const told = async (...args: string[]) => {
    const data = (await json("revisions-diff", "revisions", "diff", ...args)) as Diff;
    const changes = data.plan?.changes.map(
      ({ action, name, renamedFrom }) => `${String(action)} ${String(name)} ${String(renamedFrom)}`,
    );
    return { changes, between: data.between.map(({ id }) => id) };
  };
  const pairs = [["1"], ["1", "2"], ["3", "1"], ["3"]];
  assert.deepEqual(await together(pairs, (ids) => told(...ids)), [
    { changes: ["update c a"], between: [3, 2] },
    { changes: ["update a null"], between: [2] },
    { changes: ["update a c"], between: [3, 2] },
    { changes: [], between: [] },
  ]);

  await database.query("update config_revisions set changes = null where id = 2");
  const [unknown, { stdout }, shown, kept] = await Promise.all([
    run("revisions", "diff", "1", "9"),
    run("revisions", "diff", "1"),
    json("revisions-show", "revisions", "show", "2"),
    told("2", "3"),
  ]);
  assert.deepEqual([unknown.code, unknown.stdout], [1, ""]);
  assert.deepEqual(kept, { changes: ["update c a"], between: [3] });
  assert.match(stdout, /compared as texts/);
  assert.match(stdout, /^-  a: \{schedule: "@yearly", command: \["true"\]\}$/m);
  assert.equal(shown["plan"], null);
});

test("a renamed job is found by its new name, and its old one says so", async (t) => {
  const { database, project, run, json } = await typedProject(t, configOf(yearlyJob("old")));
  await applyProject(database, project);
  await testNode(database, "node");
  await runOnce(database, "old");
  await project.write("config.yaml", configOf(yearlyJob("new", ", renamed_from: old")));
  const before = await json("blame", "blame", "new");
  assert.equal((before["revisions"] as unknown[]).length, 1, "its past is known before the apply");
  await applyProject(database, project);
  const [history, ...former] = await Promise.all([
    json("jobs-history", "jobs", "history", "--job", "new"),
    run("jobs", "show", "old"),
    run("blame", "old"),
  ]);
  const [entry] = history["entries"] as Record<string, unknown>[];
  assert.deepEqual([history["total"], entry?.["job_name"]], [1, "new"]);
  for (const { code, stderr } of former) {
    assert.equal(code, 1);
    assert.match(stderr, /The job 'old' was renamed\n.*it is called new now/);
  }
});

const REPORT = `jobs:
  report:
    schedule: "0 8 * * 1"
    timeout: 5m
    parameters: {limit: 10}
`;

test("blame says who changed what, and which commit ran when", async (t) => {
  const { database, project, run, json } = await typedProject(t, REPORT);
  await project.write(
    "plugins/report.ts",
    `import { n } from "../rows.ts";\n${plugin("return { n };")}`,
  );
  await project.write("rows.ts", "export const n = 1;\n");
  const first = commitAll(project.root, "Add the report");
  await applyProject(database, project);
  await testNode(database, "node");
  await runOnce(database, "report");
  await project.write("config.yaml", REPORT.replace("0 8", "30 8"));
  const later = { author: "Bob", at: "2026-11-20T10:01:00Z" };
  const second = commitAll(project.root, "Run it later", later);
  await applyProject(database, project);
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
  const [listed, again] = await Promise.all([run("revisions", "list"), run("apply")]);
  assert.match(listed.stdout, /- +uncommitted changes to: Run it later/);
  assert.match(again.stdout, /commit .* with uncommitted changes, applied by /);
});

test("code that is not committed counts as uncommitted changes", async (t) => {
  const { database, project, run } = await typedProject(t, REPORT);
  await project.write("plugins/report.ts", plugin("return 1;"));
  commitAll(project.root, "Add the report");
  await applyProject(database, project);
  assert.equal((await latestRevision(database))?.gitDirty, false);
  await project.write("plugins/report.ts", plugin("return 2;"));
  await applyProject(database, project);
  assert.equal((await latestRevision(database))?.gitDirty, true);
  assert.match((await run("revisions", "show", "2")).stdout, /Edited +with uncommitted changes/);
});

test("each half of blame stands without the other", async (t) => {
  const { database, project, run } = await typedProject(t, REPORT);
  await project.write("plugins/report.ts", plugin("return 1;"));
  await applyProject(database, project);
  const outside = await run("blame", "report");
  assert.equal(outside.code, 0);
  assert.match(outside.stdout, /git tells nothing of .*config\.yaml: not a git repository/);
  assert.match(outside.stdout, /^1 +create/m);

  commitAll(project.root, "Add the report");
  const env = { CRONVERGE_DATABASE_URL: "postgres://nobody:none@127.0.0.1:1/none" };
  const [away, unknown] = await Promise.all(
    ["report", "repot"].map((name) => cli(["blame", name], { cwd: project.root, env })),
  );
  assert.ok(away && unknown);
  assert.equal(away.code, 0, away.stderr);
  assert.match(away.stdout, /Add the report/);
  assert.match(away.stdout, /Which commit ran when is not known: .*cannot be reached/);
  assert.match(unknown.stderr, /Unknown job: repot[^]*did you mean `report`\?/);

  await project.write("config.yaml", `${REPORT}  broken: [\n`);
  const broken = await run("blame", "report");
  assert.equal(broken.code, 0, broken.stderr);
  assert.match(broken.stdout, /Add the report/);
});
