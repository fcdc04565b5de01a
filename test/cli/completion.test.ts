import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { BUILTINS } from "../../src/model/builtins.ts";
import { cli } from "../helpers/cli.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";
import { together } from "../helpers/together.ts";
import { MAIN } from "../helpers/main.ts";

const run = promisify(execFile);
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

/** Checks what each of the lines is completed to. */
async function assertValues(cases: readonly [string, string[]][], cwd: string): Promise<void> {
  await together(cases, async ([line, expected]) => {
    assert.deepEqual((await complete(line.split(" "), cwd)).values, expected, line);
  });
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
    ["backfill x --reprocess f", ["failed"]],
    ["complete z", ["zsh"]],
    ["nonsense ", []],
  ];
  await assertValues(cases, root);
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
  "explain",
  "why",
  "backfill",
  "executions export --job",
];

test("names of jobs come from the config, where a name may stand", async (t) => {
  const { root, configFile } = await testProject(t, CONFIG);
  const cases = JOB_COMMANDS.map((command): [string, string[]] => {
    return [`${command} g`, ["greet", "grind"]];
  });
  await assertValues([...cases, ["jobs run greet gri", ["grind"]]], root);
  const named = await complete(["-c", configFile, "jobs", "show", "gri"], "/");
  assert.deepEqual(named.values, ["grind"], "and from the one that is named");
  const { stdout } = await complete(["jobs", "show", "gre"], root);
  assert.equal(stdout, "greet\tSays\\x09hello\\x1B[31m to all\n:4\n");
  assert.ok(!existsSync(join(root, ".cronverge")), "and nothing was opened or written for it");
});

test("code is offered by the names of its files, and mistakes in it are no matter", async (t) => {
  const project = await testProject(t, "plugins: ./code\njobs:\n  a: {plugin: taken#x}\n");
  const { root } = project;
  for (const name of ["taken", "spare", "b/broken"])
    await project.write(`code/${name}.ts`, "not code (");
  const { stdout } = await complete(["jobs", "run", ""], root);
  const others = [...Object.keys(BUILTINS), "b/broken", "spare"];
  const expected = ["a\t", ...others.map((name) => `${name}\tnot scheduled`), ":4", ""];
  assert.deepEqual(stdout.split("\n"), expected);
});

test("a broken config has the names that can be read, a missing one none", async (t) => {
  const { root } = await testProject(t, "jobs: {greet: [}\n");
  await assertValues([["jobs show g", ["greet"]]], root);
  await assertValues([["jobs show ", []]], "/");
});

test("paths are left to the shell", async (t) => {
  const { root } = await testProject(t, CONFIG);
  const lines = ["check ", "--config ", "--state-dir ", "init ", "apply ", "plan --out ", "jobs "];
  const found = await together(lines, (line) => complete(line.split(" "), root));
  const directives = found.map(({ directive }) => directive);
  assert.deepEqual(directives, [":0", ":0", ":0", ":0", ":0", ":0", ":4"]);
});

test("each shell gets a script; an unknown one a hint", async () => {
  const scripts = ["bash", "zsh", "fish", "powershell"].map(async (shell) => {
    const { code, stdout, stderr } = await cli(["complete", shell], { cwd: "/" });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /cronverge complete '?--'? /);
  });
  await Promise.all(scripts);
  const wrong = await cli(["complete", "bsh"], { cwd: "/" });
  assert.deepEqual([wrong.code, wrong.stdout], [64, ""]);
  assert.match(wrong.stderr, /did you mean `bash`/);
  assert.equal((await cli(["complete"], { cwd: "/" })).code, 64);
});

test("nothing is offered that a shell would understand", async (t) => {
  const hostile = 'jobs:\n  greet: {command: [a]}\n  "$(touch a)": {command: [a]}\n  "-x": {\n';
  const project = await testProject(t, hostile);
  const { root } = project;
  for (const name of HOSTILE) await project.write(`plugins/${name}.ts`, "");
  await project.write("plugins/deep/spare.ts", "");
  const { values } = await complete(["jobs", "run", ""], root);
  assert.deepEqual(values, ["greet", ...Object.keys(BUILTINS), "deep/spare"]);
  const blank = await complete(["jobs", "run", " "], root);
  assert.deepEqual(blank.values, values, "powershell cannot pass an empty word");
});

const HOSTILE = [
  "$(touch PWNED)",
  "`touch PWNED`",
  "a;touch PWNED",
  "-f",
  "a\nb",
  "\u001B[31m",
  "a b",
];

test("no script evaluates what is typed or offered", async () => {
  const shells = ["bash", "zsh", "fish", "powershell"];
  const scripts = await Promise.all(shells.map((shell) => cli(["complete", shell], { cwd: "/" })));
  for (const { stdout } of scripts) {
    const code = stdout.split("\n").filter((line) => !/^\s*#/.test(line));
    assert.doesNotMatch(code.join("\n"), /\beval\b|compgen|Invoke-Expression|\biex\b|_describe/i);
  }
});

/** A folder in which `cronverge` is this checkout's, and the environment of a shell there. */
async function shellProject(t: Cleanup) {
  const project = await testProject(t, CONFIG);
  const { root } = project;
  const program = join(root, "services", "scheduler", "bin", "cronverge");
  await project.write("bin/cronverge", `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
  await chmod(program, 0o755);
  for (const name of HOSTILE) await project.write(`plugins/${name}.ts`, "");
  const env = { PATH: `${dirname(program)}:${process.env["PATH"] ?? ""}`, HOME: root };
  return { root, env };
}

/** What bash makes of a line when Tab is pressed at its end, as it splits the line. */
const PRESS_TAB = `
set -u
source <(cronverge complete bash)
source <(cronverge complete bash)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
__cronverge_complete
printf '%s\\n' "\${COMPREPLY[@]}"
complete -p cronverge
`;

test("bash completes with the script, which may be read twice", async (t) => {
  const { root, env } = await shellProject(t);
  const press = async (...words: string[]): Promise<string[]> => {
    const args = ["--norc", "-c", PRESS_TAB, "bash", "cronverge", ...words];
    const { stdout, stderr } = await run("bash", args, { cwd: root, env });
    assert.equal(stderr, "");
    return stdout.trimEnd().split("\n");
  };
  const registered = "complete -o default -F __cronverge_complete cronverge";
  assert.deepEqual(await press("jobs", "show", "gr"), ["greet", "grind", registered]);
  const history = ["jobs", "history"];
  const cases: [string[], string][] = [
    [["sche"], "schema"],
    [[...history, "--status", "=", "ti"], "timed_out"],
    [[...history, "--status=ti"], "--status=timed_out"],
    [[...history, "--status", "="], "success"],
    [["$(touch PWNED)", "jobs", "show", "gri"], ""],
  ];
  await Promise.all(
    cases.map(async ([words, expected]) => assert.equal((await press(...words))[0], expected)),
  );
  assert.ok(!existsSync(join(root, "PWNED")));
});

/** Bash at a terminal, to which keys are given; `seen` waits until it has shown a text. */
function terminalBash(t: Cleanup, { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }) {
  const child = spawn("script", ["-qec", "bash --norc --noprofile -i", "/dev/null"], {
    cwd,
    env: { ...env, TERM: "dumb", PS1: "> ", HISTFILE: "" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  let wake = (): void => undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    wake();
  });
  const ended = once(child, "close");
  void ended.then(() => wake());
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    ended,
    press: (keys: string) => void child.stdin.write(keys),
    async seen(pattern: RegExp): Promise<void> {
      while (!pattern.test(shown)) {
        assert.equal(child.exitCode, null, shown);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      shown = "";
    },
  };
}

const PACKAGE = "/usr/share/bash-completion/bash_completion";
const WITHOUT_TERMINAL = spawnSync("script", ["--version"]).status === 0 ? false : "no script(1)";

for (const name of ["without the package", "with the package"]) {
  const skip =
    name.startsWith("with ") && !existsSync(PACKAGE) ? `no ${PACKAGE}` : WITHOUT_TERMINAL;
  test(`Tab at a terminal runs nothing, ${name} bash-completion`, { skip }, async (t) => {
    const { root, env } = await shellProject(t);
    const bash = terminalBash(t, { cwd: root, env });
    if (name.startsWith("with ")) bash.press(`source ${PACKAGE}\n`);
    bash.press("source <(cronverge complete bash); printf 'rea%s\\n' dy\n");
    await bash.seen(/ready/);
    bash.press("cronverge jobs run $(touch PWNED) `touch PWNED` \t\t");
    await bash.seen(/behavioral_analysis\s[^]*\sgreet\s[^]*\smalicious_ip_blacklist/);
    bash.press("\u0015cronverge jobs show gri\t");
    await bash.seen(/grind /);
    bash.press("\u0001echo \n");
    await bash.seen(/\ncronverge jobs show grind/);
    bash.press("exit\n");
    await bash.ended;
    assert.ok(!existsSync(join(root, "PWNED")));
  });
}
