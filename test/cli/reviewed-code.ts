import assert from "node:assert/strict";
import { join } from "node:path";
import { review } from "../../src/cli/review.ts";
import type { Sides } from "../../src/cli/review-sides.ts";
import type { CodeChange } from "../../src/plan/change.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { testRepository } from "../helpers/repository.ts";
import type { TestRepository } from "../helpers/repository.ts";

export const CONFIG: string = "services/scheduler/config.yaml";
export const PLUGIN: string = "services/scheduler/plugins/j.ts";
export const PLUGIN_JOB: string = "jobs:\n  j: {schedule: '@daily'}\n";
export const QUIET: string = "export default () => 1;\n";

/** The changed code of each job: the files, and what is not known. */
export async function changedCode(
  { root }: TestRepository,
  sides: Sides = { against: "main" },
): Promise<Record<string, string[]>> {
  const nowMs = Date.parse("2026-11-21T12:00:00Z");
  const options = { displayName: CONFIG, nowMs, horizonMs: 1_000, allowPrune: true };
  const { plan, diagnostics } = await review(join(root, CONFIG), { ...sides, ...options });
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
  return Object.fromEntries(plan?.changes.map(({ name, code }) => [name, linesOf(code)]) ?? []);
}

function linesOf(code: CodeChange | null): string[] {
  const files = code?.files?.map(({ file, added, removed, note }) => {
    const counts = `${file} +${added} -${removed}`;
    return note === undefined ? counts : `${counts}, ${note}`;
  });
  return [...(files ?? []), ...(code?.unknown ?? [])];
}

/** A commit with these files, upon which what is changed is seen in both ways to compare. */
export async function committed(
  t: Parameters<typeof testRepository>[0],
  files: Record<string, string>,
): Promise<TestRepository> {
  const repository = await testRepository(t);
  for (const [name, text] of Object.entries(files)) await repository.write(name, text);
  repository.commit("base");
  assert.deepEqual(await changedCode(repository), {});
  return repository;
}

export async function seen(repository: TestRepository): Promise<Record<string, string[]>> {
  repository.git("add", "--all", "--force");
  const uncommitted = await changedCode(repository);
  repository.commit("change");
  const between = await changedCode(repository, { from: "HEAD~1", to: "HEAD" });
  assert.deepEqual(uncommitted, between);
  return between;
}

/** What lets jobs do more. */
export async function widened(repository: TestRepository, sides?: Sides): Promise<string[]> {
  const plan = await reviewedPlan(repository, sides);
  const changes = plan?.changes ?? [];
  assert.equal(plan?.summary.widened, changes.filter((change) => change.widened.length > 0).length);
  return changes.flatMap((change) => change.widened.map((phrase) => `${change.name}: ${phrase}`));
}

export async function reviewedPlan(
  { root }: TestRepository,
  sides: Sides = { against: "main" },
): Promise<Plan | null> {
  const nowMs = Date.parse("2026-11-21T12:00:00Z");
  const options = { displayName: CONFIG, nowMs, horizonMs: 1_000, allowPrune: true };
  return (await review(join(root, CONFIG), { ...sides, ...options })).plan;
}
