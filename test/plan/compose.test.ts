import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import type { RecordedChange } from "../../src/plan/compose.ts";
import { composeChanges, planOf, recordedChanges, reverseChanges } from "../../src/plan/compose.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { desired, NOW_MS, observed, registered, spec } from "./jobs.ts";

/** What an apply records that leads from one list of jobs to another. */
function applied(
  before: JobSpec[],
  after: JobSpec[],
  given: { former?: Record<string, string>; codes?: Record<string, [string, string]> } = {},
): RecordedChange[] {
  const { former = {}, codes = {} } = given;
  const state = desired(...after);
  for (const job of state.jobs) job.renamedFrom = former[job.spec.name] ?? null;
  const known = before.map((job) => registered(job, { codeSha256: codes[job.name]?.[0] ?? null }));
  const hashes = new Map(Object.entries(codes).map(([name, [, sha256]]) => [name, sha256]));
  const options = { nowMs: NOW_MS, codes: hashes, allowPrune: true };
  return recordedChanges(makePlan(state, observed(...known), options));
}

function difference(revisions: RecordedChange[][], back = false): Plan {
  const composed = composeChanges(revisions);
  const side = (name: string) => ({ name, commit: null, note: null });
  const [from, to] = [side("revision 1"), side("revision 9")];
  const options = {
    from,
    to,
    settings: { before: null, after: desired().settings },
    declared: 5,
    nowMs: NOW_MS,
  };
  return planOf(back ? reverseChanges(composed) : composed, options);
}

const told = (plan: Plan): string[] =>
  plan.changes.map(
    ({ action, name, renamedFrom }) =>
      `${action} ${name}${renamedFrom === null ? "" : ` from ${renamedFrom}`}`,
  );

const a = spec("a");
const later = spec("a", { schedule: { type: "cron", expression: "0 3 * * *", timezone: "UTC" } });
const longer = { ...later, timeoutMs: 1_000 };

test("changes of one job are one change, from the first state to the last", () => {
  const plan = difference([applied([a], [later]), applied([later], [longer])]);
  assert.deepEqual(told(plan), ["update a"]);
  assert.deepEqual(
    plan.changes[0]?.fields.map(({ path }) => path),
    ["schedule.expression", "timeoutMs"],
  );
  assert.equal(plan.changes[0].schedule?.words, "Daily at 3:00");
  assert.deepEqual([plan.summary.update, plan.summary.unchanged], [1, 4]);
});

test("what was taken back, or came and went, is no difference", () => {
  assert.deepEqual(told(difference([applied([a], [later]), applied([later], [a])])), []);
  assert.deepEqual(told(difference([applied([], [a]), applied([a], [])])), []);
  assert.deepEqual(told(difference([applied([a], []), applied([], [a])])), []);
});

test("a job that was made and then changed is new; one that was changed and removed is gone", () => {
  const made = difference([applied([], [a]), applied([a], [longer])]);
  assert.deepEqual(told(made), ["create a"]);
  assert.deepEqual(made.changes[0]?.after, longer);
  const gone = difference([applied([a], [longer]), applied([longer], [])]);
  assert.deepEqual(told(gone), ["delete a"]);
  assert.deepEqual(gone.changes[0]?.before, a);
});

test("renames are followed, and a name that was freed may be another job's", () => {
  const b = { ...a, name: "b" };
  const c = { ...a, name: "c" };
  const renamed = applied([a], [b], { former: { b: "a" } });
  const again = applied([b], [c], { former: { c: "b" } });
  assert.deepEqual(told(difference([renamed, again])), ["update c from a"]);
  const back = applied([b], [a], { former: { a: "b" } });
  assert.deepEqual(told(difference([renamed, back])), []);
  const other = applied([b], [b, longer]);
  assert.deepEqual(told(difference([renamed, other])), ["update b from a", "create a"]);
  const freed = [applied([a, b], [a]), applied([a], [b], { former: { b: "a" } })];
  assert.deepEqual(told(difference(freed)), ["delete b", "update b from a"]);
});

test("code is composed like the rest", () => {
  const first = applied([a], [a], { codes: { a: ["one", "two"] } });
  const second = applied([a], [a], { codes: { a: ["two", "three"] } });
  const [change] = difference([first, second]).changes;
  assert.deepEqual(change?.code, { before: "one", after: "three", files: null });
  const back = applied([a], [a], { codes: { a: ["two", "one"] } });
  assert.deepEqual(told(difference([first, back])), []);
  const made = applied([], [a], { codes: { a: ["", "two"] } });
  assert.equal(difference([made, second]).changes[0]?.code?.after, "three");
});

test("the other way round, widened permissions are called out too", () => {
  const command = spec("a", { run: { type: "command", command: ["sh"] } });
  const narrowed = [applied([command], [a])];
  assert.deepEqual(difference(narrowed).changes[0]?.widened, []);
  const back = difference(narrowed, true);
  assert.deepEqual(back.changes[0]?.widened, ["plugin → command, which is unrestricted"]);
  assert.deepEqual(told(difference([applied([], [a])], true)), ["delete a"]);
  assert.deepEqual(told(difference([applied([a], [])], true)), ["create a"]);
});

test("what is recorded survives JSON and holds no times", () => {
  const changes = applied([a], [later]);
  assert.deepEqual(JSON.parse(JSON.stringify(changes)), changes);
  assert.doesNotMatch(JSON.stringify(changes), /"next"|"live"/);
});
