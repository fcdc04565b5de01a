import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../src/model/json.ts";
import type { ObservedJob } from "../../src/plan/observed.ts";
import { makePlan } from "../../src/plan/plan.ts";
import type { SavedPlan } from "../../src/plan/saved.ts";
import { differingJobs, parseSavedPlan } from "../../src/plan/saved.ts";
import { desired, NOW_MS, observed, registered, spec } from "./jobs.ts";

const SAVED: SavedPlan = {
  kind: "cronverge-plan",
  format: 1,
  version: "0.1.0",
  created_at: "2026-11-21T11:50:00.000Z",
  created_by: "ann@host",
  database: { project: null, schema: "cronverge", database: "app", server: "7" },
  base_revision: null,
  config_file: "/srv/app/config.yaml",
  git_commit: null,
  config_hash: "abc",
  source_hash: "def",
  codes: { report: "123" },
  allow_prune: false,
  plan: { changes: [] },
};

test("a saved plan is read as it was written", () => {
  assert.deepEqual(parseSavedPlan(JSON.stringify(SAVED)), { saved: SAVED, problem: null });
});

test("a file that is cut, foreign, of another format, or lacks something says so", () => {
  const text = JSON.stringify(SAVED, null, 2);
  const problems: [string, string, RegExp][] = [
    [text.slice(0, -20), "damaged", /its JSON is not whole/],
    ["", "foreign", /not a saved plan/],
    ["jobs: {}\n", "foreign", /not a saved plan/],
    ["[1]", "foreign", /not a saved plan/],
    ['{"kind": "other"}', "foreign", /not a saved plan/],
    [JSON.stringify({ ...SAVED, format: 2 }), "format", /another format, 2/],
    [JSON.stringify({ ...SAVED, codes: { report: 7 } }), "damaged", /codes/],
    [JSON.stringify({ ...SAVED, config_hash: undefined }), "damaged", /config_hash/],
    [JSON.stringify({ ...SAVED, database: { schema: "s" } }), "damaged", /database/],
    [JSON.stringify({ ...SAVED, plan: {} }), "damaged", /plan/],
  ];
  for (const [given, kind, message] of problems) {
    const { problem } = parseSavedPlan(given);
    assert.equal(problem?.kind, kind, given);
    assert.match(problem?.message ?? "", message);
  }
});

function planned(jobs: ObservedJob[], nowMs = NOW_MS): JsonObject {
  const state = desired(spec("a", { timeoutMs: 1 }), spec("b"), spec("off", { enabled: false }));
  const options = { nowMs, codes: new Map([["b", "new"]]), allowPrune: true };
  return JSON.parse(JSON.stringify(makePlan(state, observed(...jobs), options)));
}

test("times and open executions are no difference", () => {
  const jobs = [registered(spec("a")), registered(spec("gone"))];
  const busy = [registered(spec("a"), { running: 2, pending: 1 }), registered(spec("gone"))];
  assert.deepEqual(differingJobs(planned(jobs), planned(busy, NOW_MS + 86_400_000)), []);
});

test("another deed is: of a spec, of code, of an override that is taken back", () => {
  const before = [registered(spec("a")), registered(spec("b"), { codeSha256: "old" })];
  const plan = planned(before);
  const edited = [registered(spec("a", { graceMs: 7 })), before[1] ?? registered(spec("b"))];
  assert.deepEqual(differingJobs(plan, planned(edited)), ["a"]);
  const recoded = [registered(spec("a")), registered(spec("b"), { codeSha256: "other" })];
  assert.deepEqual(differingJobs(plan, planned(recoded)), ["b"]);
  const override = { enabled: false, by: "ann", reason: null, at: "2026-11-20T10:00:00.000Z" };
  const off = registered(spec("off", { enabled: false }));
  assert.deepEqual(
    differingJobs(planned([...before, off]), planned([...before, { ...off, override }])),
    ["off"],
  );
});
