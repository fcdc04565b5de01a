import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobPass } from "../../src/daemon/occurrences.ts";
import { countReady, inKeyOrder, takeSlots, thoseThatFit } from "../../src/daemon/slots.ts";
import type { JobPolicies } from "../../src/model/policy.ts";
import { moveTo, occurrence } from "../helpers/firing.ts";

const DUE = new Date("2026-01-01T00:00:00Z");

/** A job that is due so many times, a minute apart, from so many minutes after `DUE` on. */
function due(
  jobId: string,
  given: { policies?: Partial<JobPolicies>; from?: number; times?: number } = {},
): JobPass {
  const { policies = {}, from = 0, times = 1 } = given;
  const clock = { nextRun: DUE, nextEffective: DUE, generation: 1, anchor: DUE };
  const versions = { specHash: jobId, versionId: null, revisionId: null };
  const job = { jobId, jobName: jobId, ...clock, ...versions };
  const rows = Array.from({ length: times }, (_, nth) => {
    const scheduledFor = new Date(DUE.getTime() + (from + nth) * 60_000);
    return occurrence(job, { scheduledFor, nth, status: "pending" });
  });
  return { move: moveTo(job, DUE, policies), rows };
}

/** `running 0`: it has a slot, and nobody with its key before it; `pending 1`: one of its job has one. */
function words(pass: readonly JobPass[]): string[][] {
  return pass.map(({ rows }) => rows.map((row) => `${row.status} ${row.turn}`));
}

test("slots go by priority, then by the time that was due", () => {
  const pass = [due("late", { from: 5 }), due("early"), due("high", { policies: { priority: 1 } })];
  takeSlots(pass, 2);
  assert.deepEqual(words(pass), [["pending 0"], ["running 0"], ["running 0"]]);
});

test("no more of one key get a slot than it has", () => {
  const pass = [
    due("two", { policies: { concurrency: 2 }, times: 3 }),
    due("a", { policies: { mutex: "m" } }),
    due("b", { policies: { mutex: "m" }, from: -1 }),
    due("allow", { policies: { overlap: "allow" }, times: 2 }),
  ];
  takeSlots(pass, 10);
  assert.deepEqual(words(pass), [
    ["running 0", "running 1", "pending 2"],
    ["pending 0"],
    ["running 0"],
    ["running 0", "running 0"],
  ]);
});

test("the jobs that fit are those of the highest priority, with all their rows", () => {
  const pass = [
    due("two", { times: 2 }),
    due("one"),
    due("high", { policies: { priority: 1 }, times: 2 }),
  ];
  assert.equal(countReady(pass), 5);
  const fitting = (slots: number): string[] =>
    thoseThatFit(pass, slots).map(({ move }) => move.job.jobId);
  assert.deepEqual(fitting(2), ["high"]);
  assert.deepEqual(fitting(3), ["high", "one"]);
  assert.deepEqual(fitting(0), []);
});

test("without a slot all wait", () => {
  const pass = [due("a", { times: 2 })];
  takeSlots(pass, 0);
  assert.deepEqual(words(pass), [["pending 0", "pending 0"]]);
});

test("rows are written in the order of their keys", () => {
  const pass = [due("z"), due("b", { policies: { mutex: "m" } }), due("a", { times: 2 })];
  assert.deepEqual(
    inKeyOrder(pass).map(({ jobId }) => jobId),
    ["a", "a", "b", "z"],
  );
});
