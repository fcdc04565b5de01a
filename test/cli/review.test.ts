import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Review } from "../../src/cli/review.ts";
import { review } from "../../src/cli/review.ts";
import { cli } from "../helpers/cli.ts";
import { gitIn, testRepository } from "../helpers/repository.ts";
import type { TestRepository } from "../helpers/repository.ts";

const CONFIG = "services/scheduler/config.yaml";

function jobs(...crons: string[]): string {
  const lines = crons.map((cron, index) => `  j${index}: {schedule: "${cron}", command: [x]}\n`);
  return `jobs:\n${lines.join("")}`;
}

async function reviewed(
  { root }: Pick<TestRepository, "root">,
  sides: { against?: string; from?: string; to?: string },
): Promise<Review> {
  return review(join(root, CONFIG), {
    ...sides,
    displayName: CONFIG,
    nowMs: Date.parse("2026-11-21T12:00:00Z"),
    horizonMs: 86_400_000,
    allowPrune: false,
  });
}

function names({ plan }: Review): string[] {
  return plan?.changes.map(({ action, name }) => `${action} ${name}`) ?? [];
}

test("a branch is compared with the commit where it left, not with what came after", async (t) => {
  const repository = await testRepository(t);
  await repository.write(CONFIG, jobs("@daily", "@daily"));
  const start = repository.commit("start");
  repository.git("switch", "--quiet", "--create", "feature");
  await repository.write(CONFIG, jobs("@hourly", "@daily"));
  repository.commit("mine");
  repository.git("switch", "--quiet", "main");
  await repository.write(CONFIG, jobs("@daily", "@weekly"));
  repository.commit("theirs");
  repository.git("switch", "--quiet", "feature");
  const against = await reviewed(repository, { against: "main" });
  assert.deepEqual(names(against), ["update j0"]);
  assert.deepEqual(against.plan?.sides?.from, {
    name: "main",
    commit: start,
    note: "where it was left; main has gone on since",
  });
  const hash = repository.git("rev-parse", "main").trim();
  const { plan } = await reviewed(repository, { against: hash });
  const short = hash.slice(0, 12);
  assert.equal(plan?.sides?.from.note, `where it was left; ${short} has gone on since`);
  assert.deepEqual(names(await reviewed(repository, { from: "main" })), ["update j0", "update j1"]);
  const back = await reviewed(repository, { from: "feature", to: "main" });
  assert.deepEqual(names(back), ["update j0", "update j1"]);
  await repository.write(CONFIG, jobs("@hourly", "@daily", "@yearly"));
  const uncommitted = await reviewed(repository, { against: "main" });
  assert.deepEqual(names(uncommitted), ["update j0", "create j2"]);
  assert.deepEqual(names(await reviewed(repository, { against: "main", to: "HEAD" })), [
    "update j0",
  ]);
});

test("a base that is broken stands for its last good commit, which is what runs", async (t) => {
  const repository = await testRepository(t);
  await repository.write(CONFIG, jobs("@daily"));
  const good = repository.commit("good");
  await repository.write(CONFIG, "jobs: [\n");
  repository.commit("broken");
  await repository.write("services/scheduler/plugins/x.ts", "export default () => 1;\n");
  const broken = repository.commit("still broken");
  await repository.write(CONFIG, jobs("@hourly"));
  const { plan } = await reviewed(repository, { against: "HEAD" });
  assert.deepEqual(
    plan?.changes.map(({ name }) => name),
    ["j0"],
  );
  assert.equal(plan?.sides?.from.commit, good);
  assert.match(plan?.sides?.from.note ?? "", new RegExp(`^${broken.slice(0, 12)} has errors`));
  repository.git("reset", "--quiet", "--hard");
  repository.git("switch", "--quiet", "--orphan", "other");
  await repository.write(CONFIG, "jobs: [\n");
  repository.commit("never good");
  await assert.rejects(reviewed(repository, { from: "HEAD" }), {
    code: "config_invalid",
    message: /HEAD has errors, and so have the commits before it/,
  });
});

test("a config at the top, and one whose folder is gone, are compared too", async (t) => {
  const repository = await testRepository(t);
  await repository.write("jobs.yaml", jobs("@daily"));
  const good = repository.commit("good");
  await repository.write("jobs.yaml", "jobs: [\n");
  repository.commit("broken");
  await repository.write("jobs.yaml", jobs("@hourly"));
  const given = { displayName: "jobs.yaml", nowMs: 0, horizonMs: 1000, allowPrune: false };
  const { plan } = await review(join(repository.root, "jobs.yaml"), { ...given, against: "main" });
  assert.equal(plan?.sides?.from.commit, good);
  await repository.write(CONFIG, jobs("@daily"));
  repository.commit("one");
  await repository.write(CONFIG, jobs("@hourly"));
  repository.commit("two");
  await rm(join(repository.root, "services"), { recursive: true });
  assert.deepEqual(names(await reviewed(repository, { from: "HEAD~1", to: "HEAD" })), [
    "update j0",
  ]);
});

test("a base without a config makes every job new", async (t) => {
  const repository = await testRepository(t);
  await repository.write("README.md", "x\n");
  repository.commit("no schedule yet");
  await repository.write(CONFIG, jobs("@daily"));
  const { plan } = await reviewed(repository, { against: "main" });
  assert.deepEqual(plan?.summary.create, 1);
  assert.equal(plan?.sides?.from.note, "it has no config file yet");
});

test("a shallow clone that does not know where the branch was left refuses, and says what to do", async (t) => {
  const repository = await testRepository(t);
  for (const cron of ["@daily", "@hourly", "@weekly"]) {
    await repository.write(CONFIG, jobs(cron));
    repository.commit(cron);
  }
  repository.git("switch", "--quiet", "--create", "feature", "HEAD~1");
  await repository.write(CONFIG, jobs("@monthly"));
  repository.commit("mine");
  const folder = await mkdtemp(join(tmpdir(), "cronverge-shallow-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const cloning = ["clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=feature"];
  gitIn(folder, [...cloning, `file://${repository.root}`, "clone"]);
  const clone = { root: join(folder, "clone") };
  await assert.rejects(reviewed(clone, { against: "origin/main" }), {
    code: "io",
    message: "git does not know here where origin/main was left",
    help: /git fetch --unshallow; or compare exactly: --from origin\/main$/,
  });
  const { plan } = await reviewed(clone, { from: "origin/main" });
  assert.equal(plan?.summary.update, 1);
  gitIn(clone.root, ["fetch", "--quiet", "--unshallow"]);
  const whole = await reviewed(clone, { against: "origin/main" });
  assert.match(whole.plan?.sides?.from.note ?? "", /^where it was left; origin\/main has gone on/);
});

test("other versions of a package that a plugin imports are other code", async (t) => {
  const repository = await testRepository(t);
  const lock = (version: string): string =>
    JSON.stringify({ packages: { "node_modules/pg": { version }, "node_modules/b": { version } } });
  await repository.write(CONFIG, "jobs:\n  a: {schedule: '@daily'}\n  b: {schedule: '@daily'}\n");
  await repository.write("package.json", '{"dependencies": {"pg": "^8"}}');
  await repository.write("package-lock.json", lock("8.0.0"));
  await repository.write(
    "services/scheduler/plugins/a.ts",
    'import "pg";\nexport default () => 1;\n',
  );
  await repository.write("services/scheduler/plugins/b.ts", "export default () => 1;\n");
  repository.commit("first");
  await repository.write("package-lock.json", lock("8.0.1"));
  const { plan } = await reviewed(repository, { against: "main" });
  assert.deepEqual(
    plan?.changes.map(({ name, code }) => [name, code?.files]),
    [["a", [{ file: "package-lock.json", added: 1, removed: 1 }]]],
  );
});

test("what cannot be compared is told with what to type", async (t) => {
  const repository = await testRepository(t);
  await repository.write(CONFIG, jobs("@daily"));
  repository.commit("first");
  const said = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli(["plan", ...args], { cwd: repository.root });
    assert.equal(stdout, "");
    return `${code} ${stderr}`;
  };
  assert.match(await said("--against", "mian"), /^64 error: git knows no commit `mian`.*\nhelp: /);
  assert.match(
    await said("--to", "HEAD"),
    /^64 error: --to needs a commit to compare with\nhelp: /,
  );
  assert.match(
    await said("--against", "HEAD", "--from", "HEAD"),
    /^64 error: --from and --against/,
  );
  assert.match(await said("--against", "HEAD", "--out", "x"), /^64 error: --out saves a plan/);
  await rm(join(repository.root, ".git"), { recursive: true });
  assert.match(await said("--against", "main"), /^3 error: .* is in no git repository\nhelp: /);
});

test("--deny-widening fails, with the plan, where a job may do more", async (t) => {
  const repository = await testRepository(t);
  await repository.write(CONFIG, jobs("@daily"));
  repository.commit("first");
  const run = () => cli(["plan", "--against", "main", "--deny-widening"], { cwd: repository.root });
  await repository.write(CONFIG, jobs("@hourly"));
  assert.equal((await run()).code, 0);
  await repository.write(CONFIG, jobs("@daily", "@daily"));
  const denied = await run();
  assert.equal(denied.code, 1);
  assert.match(denied.stdout, /\+ j1 +unrestricted \(command\)/);
  assert.match(denied.stderr, /^error: the plan lets j1 do more than before\nhelp: /);
  const connected = (name: string): string =>
    `database: {connections: {app: {env: ${name}}}}\n${jobs("@daily")}`;
  await repository.write(CONFIG, connected("APP_URL"));
  repository.commit("connected");
  await repository.write(CONFIG, connected("ADMIN_URL"));
  const redirected = await run();
  assert.equal(redirected.code, 1);
  assert.match(redirected.stderr, /^error: the plan lets jobs with the database app do more/);
});
