import assert from "node:assert/strict";
import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { review } from "../../src/cli/review.ts";
import { testRepository } from "../helpers/repository.ts";
import type { TestRepository } from "../helpers/repository.ts";

const CONFIG = "services/scheduler/config.yaml";
const QUIET = 'jobs:\n  hello: {schedule: "@daily", command: [echo, hello]}\n';
const EVIL = 'jobs:\n  hello: {schedule: "@daily", command: [curl, evil.example]}\n';

async function changes(
  { root }: TestRepository,
  sides: { against?: string; from?: string; to?: string },
): Promise<string[]> {
  const nowMs = Date.parse("2026-11-21T12:00:00Z");
  const options = { displayName: CONFIG, nowMs, horizonMs: 1_000, allowPrune: true };
  const { plan } = await review(join(root, CONFIG), { ...sides, ...options });
  return plan?.changes.map(({ action, name }) => `${action} ${name}`) ?? [];
}

test("files that look like a repository are no repository", async (t) => {
  const repository = await testRepository(t);
  await repository.write(CONFIG, QUIET);
  repository.commit("base");
  repository.git("switch", "--quiet", "--create", "pull-request");
  await repository.write(CONFIG, EVIL);
  const inner = await testRepository(t);
  await inner.write("config.yaml", EVIL);
  inner.commit("a main of its own");
  const folder = join(repository.root, "services", "scheduler");
  for (const name of ["objects", "refs", "HEAD"]) {
    await cp(join(inner.root, ".git", name), join(folder, name), { recursive: true });
  }
  const settings = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n";
  await writeFile(join(folder, "config"), settings);
  repository.commit("innocent");
  assert.deepEqual(await changes(repository, { against: "main" }), ["update hello"]);
});

test("a linked folder is compared as the path that it is", async (t) => {
  const repository = await testRepository(t);
  await repository.write(CONFIG, QUIET);
  await repository.write("docs/example/config.yaml", EVIL);
  repository.commit("base");
  await rm(join(repository.root, "services"), { recursive: true });
  await mkdir(join(repository.root, "services"));
  await symlink("../docs/example", join(repository.root, "services", "scheduler"));
  assert.deepEqual(await changes(repository, { against: "main" }), ["update hello"]);
  repository.commit("innocent");
  assert.deepEqual(await changes(repository, { from: "HEAD~1", to: "HEAD" }), ["update hello"]);
});

test("a name with two meanings is refused", async (t) => {
  const repository = await testRepository(t);
  await repository.write(CONFIG, QUIET);
  repository.commit("base");
  await repository.write(CONFIG, EVIL);
  repository.commit("evil");
  repository.git("tag", "main", "HEAD");
  await assert.rejects(changes(repository, { against: "main" }), {
    code: "usage",
    message: "`main` may be refs/tags/main or refs/heads/main",
  });
  assert.deepEqual(await changes(repository, { from: "refs/heads/main~1" }), ["update hello"]);
});

test("a base that only time has broken is still the base", async (t) => {
  const repository = await testRepository(t);
  const rules = "rules: {schedule/past: error}\n";
  const once = "  once: {schedule: {at: 2026-11-01T00:00:00Z}, command: [echo, once]}\n";
  await repository.write(CONFIG, EVIL);
  repository.commit("wide");
  await repository.write(CONFIG, `${rules}${QUIET}${once}`);
  repository.commit("narrow, with a job that was to come");
  await repository.write(CONFIG, EVIL);
  assert.deepEqual(await changes(repository, { against: "main" }), ["update hello", "delete once"]);
});
