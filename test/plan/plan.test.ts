import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import type { Change, Plan } from "../../src/plan/plan.ts";
import { hasChanges, makePlan } from "../../src/plan/plan.ts";
import type { ObservedJob } from "../../src/plan/observed.ts";
import { desired, NOW_MS, observed, registered, spec } from "./jobs.ts";

interface Given {
  codes?: Record<string, string>;
  allowPrune?: boolean;
}

function plan(specs: JobSpec[], jobs: ObservedJob[], given: Given = {}): Plan {
  return makePlan(desired(...specs), observed(...jobs), {
    nowMs: NOW_MS,
    codes: new Map(Object.entries(given.codes ?? {})),
    allowPrune: given.allowPrune ?? false,
  });
}

function only(made: Plan): Change {
  const [change] = made.changes;
  assert.ok(change && made.changes.length === 1, `${made.changes.length} changes`);
  return change;
}

test("a job that is not registered is created, with its next times", () => {
  const made = plan([spec("a")], [], { codes: { a: "sha-a" } });
  const change = only(made);
  assert.deepEqual([change.action, change.serviceAction, change.jobId], ["create", "start", null]);
  assert.deepEqual(change.code, { before: null, after: "sha-a", files: null });
  assert.deepEqual(change.schedule, {
    words: "Daily at 2:00",
    next: ["2026-11-22T02:00:00.000Z", "2026-11-23T02:00:00.000Z", "2026-11-24T02:00:00.000Z"],
    timezone: "UTC",
  });
  assert.equal(made.summary.create, 1);
  assert.ok(hasChanges(made));
});

test("a job that is equal is not touched, and needs no spec", () => {
  const made = plan([spec("a")], [registered(spec("a"), { spec: null, codeSha256: "x" })]);
  assert.deepEqual([made.changes, made.summary.unchanged, hasChanges(made)], [[], 1, false]);
  assert.equal(made.baseRevision, 12);
});

test("a spec that was stored in another form is no change", () => {
  const made = plan([spec("a")], [registered(spec("a"), { specHash: "of an older version" })]);
  assert.deepEqual([made.changes, made.summary.unchanged], [[], 1]);
});

test("a changed schedule starts from now; another change keeps the anchor", () => {
  const every = (everyMs: number, timeoutMs: number): JobSpec =>
    spec("a", { schedule: { type: "interval", everyMs }, timeoutMs });
  const retimed = only(plan([every(120_000, 1_000)], [registered(every(60_000, 1_000))]));
  assert.equal(retimed.schedule?.next[0], new Date(NOW_MS + 120_000).toISOString());
  const limited = only(plan([every(60_000, 2_000)], [registered(every(60_000, 1_000))]));
  assert.equal(limited.schedule?.next[0], new Date(NOW_MS + 30_000).toISOString());
  assert.deepEqual(limited.fields, [{ path: "timeoutMs", before: 1_000, after: 2_000 }]);
});

test("where only enabled differs, the job is enabled or disabled", () => {
  const off = spec("a", { enabled: false });
  const disable = only(plan([off], [registered(spec("a"), { running: 1, pending: 2 })]));
  assert.deepEqual([disable.action, disable.serviceAction], ["disable", "stop"]);
  assert.deepEqual(disable.schedule?.next, []);
  assert.match(disable.live.effect ?? "", /may finish; 2 runs are waiting and will be cancelled/);
  const enable = only(plan([spec("a")], [registered(off)]));
  assert.deepEqual([enable.action, enable.serviceAction], ["enable", "start"]);
  const more = only(plan([spec("a", { enabled: false, timeoutMs: 1 })], [registered(spec("a"))]));
  assert.equal(more.action, "update");
});

test("a respelled name is the same job", () => {
  const change = only(plan([spec("a-b")], [registered(spec("a_b"))]));
  assert.deepEqual([change.action, change.jobId], ["update", "id-of-a_b"]);
  assert.deepEqual(change.fields[0], { path: "name", before: "a_b", after: "a-b" });
});

test("changed code alone is an update that keeps the spec on both sides", () => {
  const known = registered(spec("a"), { spec: null, codeSha256: "old" });
  const made = plan([spec("a")], [known], { codes: { a: "new" } });
  const change = only(made);
  assert.deepEqual([change.action, change.fields], ["update", []]);
  assert.deepEqual(change.code, { before: "old", after: "new", files: null });
  assert.deepEqual(change.before, change.after);
  assert.equal(made.summary.code, 1);
});

test("a registered job of the file that it no longer names is removed, a dynamic one never", () => {
  const jobs = [
    registered(spec("a")),
    registered(spec("gone"), { running: 1 }),
    registered(spec("dynamic"), { origin: "dynamic" }),
  ];
  const change = only(plan([spec("a")], jobs));
  assert.deepEqual(
    [change.action, change.serviceAction, change.name],
    ["delete", "cleanup-process", "gone"],
  );
  assert.equal(change.live.effect, "1 run is going on and may finish");
});

test("a plan that empties or guts the schedule is refused, unless it is allowed", () => {
  const four = ["a", "b", "c", "d"].map((name) => registered(spec(name)));
  assert.match(plan([], four.slice(0, 1)).refusal?.message ?? "", /no jobs.*all 1/);
  assert.match(plan([spec("a")], four).refusal?.message ?? "", /3 of 4/);
  assert.match(plan([spec("a")], four).refusal?.help ?? "", /--allow-prune.*b, c, d/);
  assert.equal(plan([spec("a")], four, { allowPrune: true }).refusal, null);
  assert.equal(plan([spec("a"), spec("b")], four).refusal, null, "half is not more than half");
  assert.equal(plan([spec("a")], four.slice(0, 3)).refusal, null, "three are few");
  assert.equal(plan([], []).refusal, null);
});

test("an override against the file is drift, and one that equals it is settled", () => {
  const override = { enabled: false, by: "ann", reason: null, at: "2026-11-20T10:00:00.000Z" };
  const known = registered(spec("a"), { enabled: false, override });
  const against = plan([spec("a")], [known]);
  assert.deepEqual(against.drift, [
    {
      name: "a",
      fileEnabled: true,
      overrideEnabled: false,
      by: "ann",
      reason: null,
      at: override.at,
      settled: false,
    },
  ]);
  assert.equal(hasChanges(against), false);
  const equal = plan([spec("a", { enabled: false })], [known]);
  assert.deepEqual([equal.drift[0]?.settled, equal.changes[0]?.action], [true, "disable"]);
});

test("a job that its failures paused is shown though nothing of it changes", () => {
  const at = "2026-11-20T10:00:00.000Z";
  const crashed = "paused after 3 failures in a row: no space left";
  const known = registered(spec("a"), { runtimeStatus: "crashed", crashed, pausedAt: at });
  const same = plan([spec("a"), spec("b")], [known, registered(spec("b"))]);
  assert.deepEqual(same.paused, [{ name: "a", at, reason: crashed, resumes: false }]);
  assert.equal(hasChanges(same), false);
  const changed = plan([spec("a", { description: "mended" })], [known]);
  assert.deepEqual(
    changed.paused.map(({ resumes }) => resumes),
    [true],
  );
  assert.deepEqual(plan([], [known], { allowPrune: true }).paused, []);
});

test("widened permissions are counted", () => {
  const after = spec("a", { run: { type: "command", command: ["rm", "-rf", "."] } });
  const made = plan([after], [registered(spec("a"))]);
  assert.deepEqual(only(made).widened, ["plugin → command, which is unrestricted"]);
  assert.deepEqual([made.summary.update, made.summary.widened], [1, 1]);
});

test("a plan survives JSON", () => {
  const made = plan([spec("a"), spec("b")], [registered(spec("c")), registered(spec("b"))]);
  assert.deepEqual(JSON.parse(JSON.stringify(made)), made);
});
