import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { cli } from "../helpers/cli.ts";
import { testProject } from "../helpers/project.ts";

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");
const CONFIG = `jobs:
  greet: {description: "Says\\thello\\e[31m to all", command: [echo, hi]}
  grind: {schedule: "@daily", command: [echo, grind]}
`;

interface Offered {
  values: string[];
  /** What the shell may add: 0 files, 4 nothing. */
  directive: string;
  stdout: string;
}

async function complete(words: string[], cwd: string): Promise<Offered> {
  const { code, stdout, stderr } = await cli(["complete", "--", ...words], { cwd });
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.trimEnd().split("\n");
  const directive = lines.pop() ?? "";
  return { values: lines.map((line) => line.split("\t")[0] ?? ""), directive, stdout };
}

test("commands, options and their values are completed", async (t) => {
  const { root } = await testProject(t, CONFIG);
  const cases: [string, string[]][] = [
    ["sche", ["schema"]],
    ["jobs v", ["versions"]],
    ["infra jobs v", ["versions"]],
    ["jobs history --sta", ["--status", "--state-dir"]],
    ["jobs history --status ti", ["timed_out"]],
    ["logs --level w", ["warn"]],
    ["logs search x --level w", ["warn"]],
    ["check --reporter s", ["sarif"]],
    ["jobs run --overlap a", ["allow"]],
    ["complete z", ["zsh"]],
    ["nonsense ", []],
  ];
  for (const [line, expected] of cases) {
    assert.deepEqual((await complete(line.split(" "), root)).values, expected, line);
  }
});

const JOB_COMMANDS = [
  "jobs show",
  "jobs run",
  "jobs enable",
  "jobs disable",
  "jobs next",
  "jobs versions",
  "jobs history --job",
  "logs --job",
  "blame",
];

test("names of jobs come from the config, where a name may stand", async (t) => {
  const { root, configFile } = await testProject(t, CONFIG);
  for (const command of JOB_COMMANDS) {
    const words = [...command.split(" "), "g"];
    assert.deepEqual((await complete(words, root)).values, ["greet", "grind"], command);
  }
  const several = await complete(["jobs", "run", "greet", "gri"], root);
  assert.deepEqual(several.values, ["grind"]);
  const named = await complete(["-c", configFile, "jobs", "show", "gri"], "/");
  assert.deepEqual(named.values, ["grind"], "and from the one that is named");
  const { stdout } = await complete(["jobs", "show", "gre"], root);
  assert.equal(stdout, "greet\tSays\\x09hello\\x1B[31m to all\n:4\n");
  assert.ok(!existsSync(join(root, ".cronverge")), "and nothing was opened or written for it");
});

test("a broken or missing config completes no names, and says nothing", async (t) => {
  const { root } = await testProject(t, "jobs: {a: [}\n");
  assert.deepEqual((await complete(["jobs", "show", ""], root)).values, []);
  assert.deepEqual((await complete(["jobs", "show", ""], "/")).values, []);
});

test("paths are left to the shell", async (t) => {
  const { root } = await testProject(t, CONFIG);
  for (const line of ["check ", "--config ", "--state-dir ", "init "]) {
    assert.equal((await complete(line.split(" "), root)).directive, ":0", line);
  }
  assert.equal((await complete(["jobs", ""], root)).directive, ":4");
});

test("each shell gets a script; an unknown one a hint", async () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { code, stdout, stderr } = await cli(["complete", shell], { cwd: "/" });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /cronverge complete '?--'? /);
  }
  const wrong = await cli(["complete", "bsh"], { cwd: "/" });
  assert.deepEqual([wrong.code, wrong.stdout], [64, ""]);
  assert.match(wrong.stderr, /did you mean `bash`/);
  assert.equal((await cli(["complete"], { cwd: "/" })).code, 64);
});

/** What bash, without any package of completions, makes of a line when Tab is pressed at its end. */
const PRESS_TAB = `
set -u
source <(cronverge complete bash)
source <(cronverge complete bash)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
compopt() { :; }
__cronverge_complete
printf '%s\\n' "\${COMPREPLY[@]}"
complete -p cronverge
`;

test("bash completes with the script, which may be read twice", async (t) => {
  const { root } = await testProject(t, CONFIG);
  const program = join(root, "cronverge");
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
  await chmod(program, 0o755);
  const env = { PATH: `${root}:${process.env["PATH"] ?? ""}` };
  const press = (...words: string[]) =>
    run("bash", ["--norc", "-c", PRESS_TAB, "bash", "cronverge", ...words], { cwd: root, env });
  const { stdout, stderr } = await press("jobs", "show", "gr");
  assert.equal(stderr, "");
  const registered = "complete -o default -F __cronverge_complete cronverge";
  assert.deepEqual(stdout.trimEnd().split("\n"), ["greet", "grind", registered]);
  assert.match((await press("sche")).stdout, /^schema\n/);
});
