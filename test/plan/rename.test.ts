import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import type { ObservedJob } from "../../src/plan/observed.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { desired, NOW_MS, observed, registered, spec } from "./jobs.ts";

/** Jobs to declare; a pair is one with its former name. */
function plan(declared: (JobSpec | [JobSpec, string])[], jobs: ObservedJob[]): Plan {
  const state = desired(...declared.map((job) => (Array.isArray(job) ? job[0] : job)));
  for (const [index, job] of declared.entries()) {
    const wanted = state.jobs[index];
    if (wanted !== undefined && Array.isArray(job)) wanted.renamedFrom = job[1];
  }
  const options = { nowMs: NOW_MS, codes: new Map<string, string>(), allowPrune: false };
  return makePlan(state, observed(...jobs), options);
}

const told = (made: Plan): string[] =>
  made.changes.map(
    ({ action, name, renamedFrom }) =>
      `${action} ${name}${renamedFrom === null ? "" : ` from ${renamedFrom}`}`,
  );

test("a renamed job is changed in place and keeps its registration", () => {
  const old = spec("old");
  const made = plan([[{ ...old, name: "new" }, "old"]], [registered(old)]);
  const [change] = made.changes;
  assert.deepEqual(told(made), ["update new from old"]);
  assert.equal(change?.jobId, "id-of-old");
  assert.deepEqual(change.before, old);
  assert.deepEqual(change.fields, [{ path: "name", before: "old", after: "new" }]);
  assert.deepEqual(
    [made.summary.create, made.summary.update, made.summary.delete, made.summary.unchanged],
    [0, 1, 0, 0],
  );
});

test("what is widened with a rename is called out", () => {
  const after = spec("new", { run: { type: "command", command: ["sh"] } });
  const made = plan([[after, "old"]], [registered(spec("old"))]);
  assert.deepEqual(made.changes[0]?.widened, ["plugin → command, which is unrestricted"]);
});

test("a former name is found however it is spelled", () => {
  const made = plan([[spec("new"), "old_job"]], [registered(spec("old-job"))]);
  assert.deepEqual(told(made), ["update new from old-job"]);
});

test("once the job has its new name, the former one says nothing", () => {
  const made = plan([[spec("new"), "old"]], [registered(spec("new"), { spec: null })]);
  assert.deepEqual(made.changes, []);
});

test("where both are registered, the old one is removed as usual", () => {
  const made = plan([[spec("new"), "old"]], [registered(spec("new")), registered(spec("old"))]);
  assert.deepEqual(told(made), ["delete old"]);
});

test("a former name that the file still declares is another job", () => {
  const made = plan([[spec("new"), "old"], spec("old")], [registered(spec("old"))]);
  assert.deepEqual(told(made), ["create new"]);
});

test("a dynamic job is not the file's to rename; nobody known by the name is a new job", () => {
  const dynamic = registered(spec("old"), { origin: "dynamic" });
  assert.deepEqual(told(plan([[spec("new"), "old"]], [dynamic])), ["create new"]);
  assert.deepEqual(told(plan([[spec("new"), "old"]], [])), ["create new"]);
});

test("of two jobs with one former name, the first goes on with it", () => {
  const made = plan(
    [
      [spec("a"), "old"],
      [spec("b"), "old"],
    ],
    [registered(spec("old"))],
  );
  assert.deepEqual(told(made), ["update a from old", "create b"]);
});

test("renames do not count as removals", () => {
  const names = ["a", "b", "c", "d"];
  const renamed = names.map((name): [JobSpec, string] => [spec(`${name}2`), name]);
  const made = plan(
    renamed,
    names.map((name) => registered(spec(name))),
  );
  assert.equal(made.refusal, null);
  assert.equal(made.summary.update, 4);
});
