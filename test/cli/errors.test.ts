import assert from "node:assert/strict";
import { test } from "node:test";
import { cli } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";
import { parseOutput } from "./output-schemas.ts";

const CONFIG = 'jobs:\n  hello: {schedule: "0 0 1 1 *", command: ["true"]}\n';

test("what is not known is refused with what was probably meant, and 64", async (t) => {
  const { root: cwd } = await testProject(t, CONFIG);
  const cases: [string, RegExp][] = [
    ["frob", /unknown command 'frob'/],
    ["jobs lst", /unknown command 'lst'\nhelp: did you mean list\?/],
    ["logs serch", /unknown command 'serch'\nhelp: did you mean `search`\?/],
    ["jobs list --jsn", /unknown option '--jsn'\nhelp: did you mean --json\?/],
    ["jobs history -n 0", /whole number from 1/],
    ["jobs history --status sucess", /unknown status 'sucess'/],
    ["jobs run", /Specify job name\(s\), use --all, or use --tag/],
    ["jobs run hello -p novalue", /key=value/],
    ["logs view --level loud", /unknown level 'loud'/],
    ["logs view --since soon", /cannot read the time 'soon'/],
    ["jobs", /Usage: cronverge jobs[^]*a command is missing/],
  ];
  for (const [line, message] of cases) {
    const { code, stdout, stderr } = await cli(line.split(" "), { cwd });
    assert.match(stderr, message);
    assert.deepEqual([code, stdout], [64, ""], line);
  }
});

test("with --json an error is one document on stderr", async (t) => {
  const { url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const fails = async (line: string, code: number) => {
    const result = await cli(["--json", ...line.split(" ")], options);
    assert.deepEqual([result.code, result.stdout], [code, ""], line);
    parseOutput("error", result.stderr);
    return JSON.parse(result.stderr).error;
  };
  assert.equal((await fails("jobs lst", 64)).code, "usage");
  assert.equal((await fails("explain hello", 64)).help, "see cronverge explain --help");
  const backwards = "jobs history --since 1h --until 2h";
  assert.match((await fails(backwards, 64)).message, /nothing is between --since and --until/);
  const unapplied = await fails("jobs run hello", 1);
  assert.match(unapplied.message, /not applied yet/);
  await cli(["apply"], options);
  const unknown = await fails("jobs run helo", 1);
  assert.equal(unknown.code, "job_not_found");
  assert.match(unknown.message, /^Unknown job: helo\. Use 'jobs list'/);
  assert.equal(unknown.help, "did you mean `hello`?");
  assert.equal((await fails("logs view --job helo", 1)).help, "did you mean `hello`?");
  assert.equal((await fails("jobs cancel nobody", 1)).code, "execution_not_found");
  assert.equal((await fails("revisions show 99", 1)).code, "revision_not_found");
  assert.equal((await fails("-c nowhere.yaml plan", 1)).code, "config_invalid");

  await project.write("config.yaml", "jobs: [");
  const invalid = await fails("apply", 1);
  assert.equal(invalid.code, "config_invalid");
  assert.equal(invalid.diagnostics[0].line, 1);
});

test("no database is 3, with nothing on stdout", async (t) => {
  const { root: cwd } = await testProject(t, CONFIG);
  const env = { CRONVERGE_DATABASE_URL: "postgres://nobody:nothing@127.0.0.1:1/x" };
  for (const line of ["jobs list", "apply", "up"]) {
    const { code, stdout, stderr } = await cli(
      [line].flatMap((word) => word.split(" ")),
      {
        cwd,
        env,
      },
    );
    assert.deepEqual([code, stdout], [3, ""], stderr);
    assert.match(stderr, /^error: /);
    assert.doesNotMatch(stderr, /nothing/, "no password is shown");
  }
});

test("no project is said with what to do", async () => {
  const { code, stderr } = await cli(["jobs", "list"], { cwd: "/" });
  assert.equal(code, 1);
  assert.match(stderr, /no services\/scheduler\/config\.yaml .*\nhelp: /);
});

test("help and version are results", async () => {
  const help = await cli(["jobs", "run", "--help"], { cwd: "/" });
  assert.equal(help.code, 0);
  assert.match(help.stdout, /--sequential/);
  const version = await cli(["--version"], { cwd: "/" });
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
});
