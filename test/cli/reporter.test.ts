import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { cli } from "../helpers/cli.ts";
import { testProject } from "../helpers/project.ts";
import { commitAll } from "../helpers/repository.ts";

const GOOD = `jobs:
  hello: {schedule: "0 2 * * *", command: ["true"]}
`;
const BAD = 'jobs:\n  hello: {schedule: "61 * * * *", command: ["true"]}\n';
const FILE = "services/scheduler/config.yaml";

test("an unknown reporter is refused with what was probably meant", async (t) => {
  const { root: cwd } = await testProject(t, GOOD);
  for (const command of ["check", "plan"]) {
    const { code, stdout, stderr } = await cli([command, "--reporter", "sarrif"], { cwd });
    assert.deepEqual([code, stdout], [64, ""]);
    assert.match(stderr, /Allowed choices are human, json, github, sarif, markdown\./);
    assert.match(stderr, /help: did you mean sarif\?/);
  }
});

test("--reporter json is --json, for results and for errors", async (t) => {
  const project = await testProject(t, BAD);
  const options = { cwd: project.root };
  const asked = await cli(["check", "--reporter", "json"], options);
  assert.deepEqual(asked, await cli(["check", "--json"], options));
  assert.equal(asked.code, 1);
  const missing = await cli(["check", "no.yaml", "--reporter=json"], { cwd: "/" });
  assert.equal(JSON.parse(missing.stdout).data.ok, false);
  const nowhere = await cli(["check", "--reporter=json"], { cwd: "/" });
  assert.equal(JSON.parse(nowhere.stderr).error.code, "config_not_found");
});

test("--json and another reporter contradict", async (t) => {
  const { root: cwd } = await testProject(t, GOOD);
  const { code, stderr } = await cli(["check", "--json", "--reporter", "github"], { cwd });
  assert.equal(code, 64);
  assert.match(JSON.parse(stderr).error.message, /ask for different things/);
});

test("check says what is wrong in each form, on stdout alone, and 1", async (t) => {
  const project = await testProject(t, BAD);
  commitAll(project.root, "the base");
  const starts = {
    github: new RegExp(`^::error title=schedule/cron,file=${FILE},line=2,endLine=2,col=`),
    sarif: /^\{\n {2}"\$schema"/,
    markdown: /^<!-- cronverge-check -->\n\n### Schedule check: 1 error\n/,
  };
  for (const [reporter, start] of Object.entries(starts)) {
    const cwd = join(project.root, "services");
    const { code, stdout, stderr } = await cli(["check", "--reporter", reporter], { cwd });
    assert.deepEqual([code, stderr], [1, ""]);
    assert.match(stdout, start);
  }
});

test("files are named relative to the workspace of the build", async (t) => {
  const project = await testProject(t, BAD);
  commitAll(project.root, "the base");
  const env = { GITHUB_WORKSPACE: join(project.root, "services") };
  const options = { cwd: project.root, env };
  const { stdout } = await cli(["check", "--reporter", "github"], options);
  assert.match(stdout, /^::error title=schedule\/cron,file=scheduler\/config\.yaml,/);
});

test("plan says what a merge does in each form, and what is widened", async (t) => {
  const project = await testProject(t, GOOD);
  commitAll(project.root, "the base");
  await project.write("config.yaml", `${GOOD}  more: {command: [make]}\n`);
  const run = (...args: string[]) =>
    cli(["plan", "--against", "main", ...args], { cwd: project.root });
  const { code, stdout, stderr } = await run("--reporter", "github");
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    new RegExp(`^::warning title=plan/new-grant,file=${FILE},line=3,endLine=3,col=3,endColumn=7::`),
  );
  const markdown = await run("--reporter", "markdown");
  assert.match(
    markdown.stdout,
    /^<!-- cronverge-plan -->\n\n### Schedule plan: 1 to add — ⚠ 1 new/,
  );
  const sarif = await run("--reporter", "sarif");
  assert.equal(JSON.parse(sarif.stdout).runs[0].results[0].ruleId, "plan/new-grant");
  const json = await run("--reporter", "json");
  assert.equal(JSON.parse(json.stdout).data.summary.create, 1);
});

test("a config with errors is a document of plan, too, and nothing on stderr", async (t) => {
  const project = await testProject(t, GOOD);
  commitAll(project.root, "the base");
  await project.write("config.yaml", BAD);
  const run = (reporter: string) =>
    cli(["plan", "--against", "main", "--reporter", reporter], { cwd: project.root });
  const markdown = await run("markdown");
  assert.deepEqual([markdown.code, markdown.stderr], [1, ""]);
  assert.match(markdown.stdout, /### Schedule plan: 1 error\n\n\*\*Nothing will be applied\.\*\*/);
  assert.match((await run("github")).stdout, /^::error title=schedule\/cron,/);
});
