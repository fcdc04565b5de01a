import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import type { Cleanup } from "../helpers/database.ts";
import { gitIn, testRepository } from "../helpers/repository.ts";
import { MAIN } from "../helpers/main.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const CONFIG = "services/scheduler/config.yaml";

interface Step {
  name?: string;
  if?: string;
  run?: string;
  "working-directory"?: string;
}

interface Job {
  steps: Step[];
}

const { jobs }: { jobs: Record<string, Job> } = parse(
  readFileSync(join(ROOT, "scaffold", "workflow.yml"), "utf8"),
);

/** A project's files, by name. */
type Files = Record<string, string>;

const MANIFEST = { dependencies: { cronverge: "1.0.0" } };
const JOB = "schedule: '@daily', command: [x]";
const BASE: Files = {
  "package.json": JSON.stringify(MANIFEST),
  [CONFIG]: `jobs:\n  a: {${JOB}}\n  b: {${JOB}}\n  c: {${JOB}}\n`,
};
const PLUGIN = { "services/scheduler/plugins/a.ts": "export default async () => {};\n" };

/** Stands for npm: installs a program of our own, which is that of the folder if it brings one. */
const NPM = `#!/bin/sh
echo "npm $* in $(basename "$PWD")" >> "$RUNNER_TEMP/log"
mkdir -p node_modules/.bin
if [ -f tools/cronverge ]; then cp tools/cronverge node_modules/.bin/; else cp "$RUNNER_TEMP/cronverge" node_modules/.bin/; fi
`;

interface Outcome {
  /** Names of the steps that failed. */
  failed: string[];
  plan: string | null;
  log: string;
  outputs: string;
}

/** Runs the steps of `plan` that are scripts, as a build server would, on two commits. */
async function runPlan(
  t: Cleanup,
  { base, pr, labels = [] }: { base: Files; pr: Files; labels?: string[] },
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "cronverge-workflow-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const main = MAIN;
  await put(folder, "bin/npm", NPM);
  await put(folder, "cronverge", `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  const repository = await testRepository(t);
  for (const [name, text] of Object.entries(base)) await repository.write(name, text);
  const sha = repository.commit("base");
  gitIn(folder, ["clone", "--quiet", repository.root, "base"]);
  for (const [name, text] of Object.entries(pr)) await repository.write(name, text);
  repository.commit("pull request");
  gitIn(folder, ["clone", "--quiet", repository.root, "pr"]);
  const env: NodeJS.ProcessEnv = {
    PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
    RUNNER_TEMP: folder,
    GITHUB_ENV: join(folder, "env"),
    GITHUB_OUTPUT: join(folder, "output"),
    GITHUB_STEP_SUMMARY: join(folder, "summary"),
    BASE: sha,
    LABELS: JSON.stringify(labels, null, 2),
  };
  return { failed: runSteps(folder, env), ...readOutcome(folder) };
}

async function put(folder: string, name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
  await chmod(join(folder, name), 0o755);
}

/** A step that has an `if` runs after the failure of another one, too. */
function runSteps(folder: string, env: NodeJS.ProcessEnv): string[] {
  const failed: string[] = [];
  for (const step of jobs["plan"]?.steps ?? []) {
    if (step.run === undefined || (failed.length > 0 && step.if === undefined)) continue;
    const cwd = join(folder, step["working-directory"] ?? ".");
    const set = Object.fromEntries(
      read(env["GITHUB_ENV"] ?? "")
        .split("\n")
        .map((line) => line.split("=", 2)),
    );
    const { status } = spawnSync("bash", ["--noprofile", "--norc", "-e", "-c", step.run], {
      cwd,
      env: { ...env, ...set },
    });
    if (status !== 0) failed.push(step.name ?? "");
  }
  return failed;
}

function readOutcome(folder: string): Omit<Outcome, "failed"> {
  const plan = join(folder, "plan.md");
  return {
    plan: existsSync(plan) ? read(plan) : null,
    log: read(join(folder, "log")),
    outputs: read(join(folder, "output")),
  };
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

const WIDENED = {
  ...PLUGIN,
  [CONFIG]: `jobs:\n  a: {schedule: '@daily', permissions: {net: true}}\n`,
};
const NARROW = { ...PLUGIN, ...BASE, [CONFIG]: "jobs:\n  a: {schedule: '@daily'}\n" };
const GONE = { [CONFIG]: "jobs: {}\n" };

const CASES: {
  name: string;
  base?: Files;
  pr: Files;
  labels?: string[];
  failed: string[];
  plan: RegExp;
}[] = [
  {
    name: "a harmless change passes",
    pr: {
      [CONFIG]: `jobs:\n  a: {${JOB}}\n  b: {${JOB}}\n  c: {schedule: '@weekly', command: [x]}\n`,
    },
    failed: [],
    plan: /1 to change[^]*From `[0-9a-f]{12}` to `HEAD` at `/,
  },
  { name: "a wider one fails", base: NARROW, pr: WIDENED, failed: ["Gate"], plan: /widens/ },
  {
    name: "a wider one with its label passes",
    base: NARROW,
    pr: WIDENED,
    labels: ["bug", "wider-permissions"],
    failed: [],
    plan: /widens/,
  },
  {
    name: "a broken file fails, and its document says that nothing will be applied",
    pr: { [CONFIG]: "jobs: [\n" },
    failed: ["Check", "Gate"],
    plan: /Nothing will be applied/,
  },
  { name: "a mass removal fails", pr: GONE, failed: ["Gate"], plan: /3 to remove/ },
  {
    name: "a mass removal with its label passes, another label does not count",
    pr: GONE,
    labels: ["remove-jobs", 'not-"wider-permissions"'],
    failed: [],
    plan: /3 to remove/,
  },
  {
    name: "a label whose name holds that of another does not count",
    base: NARROW,
    pr: WIDENED,
    labels: ['"wider-permissions"', "no-wider-permissions"],
    failed: ["Gate"],
    plan: /widens/,
  },
];

for (const { name, base = BASE, pr, labels = [], failed, plan } of CASES) {
  test(`the workflow: ${name}`, async (t) => {
    const outcome = await runPlan(t, { base, pr, labels });
    assert.deepEqual(outcome.failed, failed);
    assert.match(outcome.plan ?? "", /^<!-- cronverge-plan -->\n/);
    assert.match(outcome.plan ?? "", plan);
    assert.equal(outcome.outputs, "planned=yes\n");
    assert.equal(outcome.log, "npm ci --ignore-scripts in base\n");
  });
}

/** Calls everything good. */
const LIAR = "#!/bin/sh\necho '<!-- cronverge-plan -->'\necho all is well\n";

test("the workflow: a pull request does not bring its own judge", async (t) => {
  const manifest = JSON.stringify({ dependencies: { cronverge: "file:./tools" } });
  const pr = { ...WIDENED, "package.json": manifest, "tools/cronverge": LIAR };
  const { failed, plan, log } = await runPlan(t, { base: NARROW, pr });
  assert.deepEqual(failed, ["Gate"]);
  assert.doesNotMatch(plan ?? "", /all is well|no cronverge yet/);
  assert.equal(log, "npm ci --ignore-scripts in base\n");
});

test("the workflow: the pull request that brings cronverge is told that it judges itself", async (t) => {
  const base = { "README.md": "x\n", "package.json": "{}" };
  const { failed, plan, log } = await runPlan(t, { base, pr: BASE });
  assert.deepEqual(failed, ["Gate"], "new jobs may do more than none");
  assert.match(plan ?? "", /3 to add/);
  assert.match(plan ?? "", /\n> \[!WARNING\]\n> The target branch has no cronverge yet: .*\n$/);
  assert.equal(log, "npm ci --ignore-scripts in pr\n");
});

/** Stands for the server: lists comments and labels, and keeps what it is asked for. */
const GH = `#!/bin/sh
echo "gh $*" | head -n 1 >> log
while [ $# -gt 0 ]; do
  case "$1" in --jq) jq --raw-output "$2" list.json;; --field) cp "\${2#body=@}" sent;; esac
  shift
done
`;

async function runWrites(t: Cleanup, { job, list }: { job: string; list: object[] }) {
  const folder = await mkdtemp(join(tmpdir(), "cronverge-comment-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await put(folder, "bin/gh", GH);
  await put(folder, "list.json", JSON.stringify(list));
  await put(folder, "plan.md", "<!-- cronverge-plan -->\nnew\n");
  const script = jobs[job]?.steps.find(({ run }) => run !== undefined)?.run ?? "";
  const { status, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-e", "-c", script], {
    cwd: folder,
    env: {
      PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
      GH_REPO: "o/r",
      NUMBER: "7",
      RUN_URL: "https://example.com/run",
    },
  });
  assert.equal(status, 0, stderr.toString());
  const asked = read(join(folder, "log"))
    .split("\n")
    .filter((line) => /--method/.test(line));
  return { asked, sent: read(join(folder, "sent")) };
}

const NO_JQ = spawnSync("jq", ["--version"]).status === 0 ? false : "no jq";

test("the workflow writes its own comment anew, and nobody else's", { skip: NO_JQ }, async (t) => {
  const marked = "<!-- cronverge-plan -->\nold";
  const others = [
    { id: 1, user: { login: "mallory" }, body: marked },
    { id: 2, user: { login: "github-actions[bot]" }, body: `of another workflow ${marked}` },
  ];
  const own = { id: 3, user: { login: "github-actions[bot]" }, body: marked };
  const first = await runWrites(t, { job: "comment", list: others });
  assert.deepEqual(first.asked, [
    "gh api --silent --method POST repos/o/r/issues/7/comments --field body=@plan.md",
  ]);
  assert.equal(first.sent, "<!-- cronverge-plan -->\nnew\n");
  const second = await runWrites(t, { job: "comment", list: [...others, own] });
  assert.deepEqual(second.asked, [
    "gh api --silent --method PATCH repos/o/r/issues/comments/3 --field body=@plan.md",
  ]);
});

test(
  "the workflow takes back the labels that it reads, and no others",
  { skip: NO_JQ },
  async (t) => {
    const list = [{ name: "bug" }, { name: "remove-jobs" }, { name: "wider-permissions" }];
    const { asked } = await runWrites(t, { job: "take-labels-back", list });
    assert.deepEqual(asked, [
      "gh api --silent --method DELETE repos/o/r/issues/7/labels/remove-jobs",
      "gh api --silent --method DELETE repos/o/r/issues/7/labels/wider-permissions",
    ]);
  },
);
