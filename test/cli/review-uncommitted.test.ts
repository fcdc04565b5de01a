import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { review } from "../../src/cli/review.ts";
import { commitAll, testRepository } from "../helpers/repository.ts";
import type { TestRepository } from "../helpers/repository.ts";

const CONFIG = "services/scheduler/config.yaml";
const PLUGIN = "services/scheduler/plugins/j.ts";
const job = (time: string): string => `jobs:\n  j: {schedule: '${time}'}\n`;

/** What happens to each job, with what differs and what is not known of its code. */
async function compared(
  { root }: TestRepository,
  sides: { against?: string; from?: string; to?: string },
): Promise<string[]> {
  const nowMs = Date.parse("2026-11-21T12:00:00Z");
  const options = { displayName: CONFIG, nowMs, horizonMs: 1_000, allowPrune: true };
  const { plan, diagnostics } = await review(join(root, CONFIG), { ...sides, ...options });
  assert.deepEqual(diagnostics, []);
  assert.equal(plan?.sides?.from.note, null);
  return plan?.changes.map(({ action, name, code }) => {
    const files = code?.files?.map(({ file }) => file) ?? [];
    return [action, name, ...files, ...(code?.unknown ?? [])].join(" ");
  });
}

/** Both ways to compare the newest commit with the one before it. */
async function seen(repository: TestRepository): Promise<string[]> {
  const between = await compared(repository, { from: "HEAD~1", to: "HEAD" });
  assert.deepEqual(await compared(repository, { from: "HEAD~1" }), between);
  return between;
}

test("code that git ignores is not known in a review, and hides nothing of it", async (t) => {
  const repository = await testRepository(t);
  const { write, commit } = repository;
  await write(".gitignore", "_made\n");
  await write(CONFIG, job("@daily"));
  await write(PLUGIN, 'import { q } from "./_made/q.ts";\nexport default () => q;\n');
  await write("services/scheduler/plugins/_made/q.ts", "export const q = 1;\n");
  commit("base");
  assert.deepEqual(await compared(repository, { against: "main" }), []);
  await write(CONFIG, job("@hourly"));
  commit("the schedule");
  assert.deepEqual(await seen(repository), ["update j"]);
  await write(PLUGIN, 'import { q } from "./_made/q.ts";\nexport default () => -q;\n');
  commit("the code");
  const unknown = `${PLUGIN}:1:19 imports \`./_made/q.ts\`, whose file is not in the repository`;
  assert.deepEqual(await seen(repository), [`update j ${PLUGIN} ${unknown}`]);
  await write(PLUGIN, "export default (q: string) => import(`./_made/${q}.ts`);\n");
  commit("a computed name");
  const pattern = `${PLUGIN}:1:38 imports \`./_made/*.ts\`, whose file is not in the repository`;
  assert.deepEqual(await seen(repository), [`update j ${PLUGIN} ${pattern}`]);
});

test("so is the code of a submodule", async (t) => {
  const repository = await testRepository(t);
  const { root, git, write, commit } = repository;
  await write(CONFIG, job("@daily"));
  await write(PLUGIN, "export default () => 1;\n");
  commit("base");
  await write("vendor/lib/q.ts", "export const q = 1;\n");
  commitAll(join(root, "vendor/lib"), "the library");
  await write(PLUGIN, 'export { q as default } from "../../../vendor/lib/q.ts";\n');
  commit("use it");
  assert.match(git("ls-tree", "HEAD", "vendor/lib"), /^160000 commit/);
  const name = "../../../vendor/lib/q.ts";
  const unknown = `${PLUGIN}:1:30 imports \`${name}\`, whose file is not in the repository`;
  assert.deepEqual(await seen(repository), [`update j ${PLUGIN} ${unknown}`]);
});
