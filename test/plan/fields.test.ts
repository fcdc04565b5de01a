import assert from "node:assert/strict";
import { test } from "node:test";
import { changedFields } from "../../src/plan/fields.ts";
import { spec } from "./jobs.ts";

test("equal specs have no changed fields", () => {
  assert.deepEqual(changedFields(spec("a"), spec("a")), []);
});

test("a changed field is named by its dotted path", () => {
  const before = spec("a", { parameters: { limit: 1, "a b": 1, gone: true } });
  const after = spec("a", {
    schedule: { type: "cron", expression: "0 3 * * *", timezone: "UTC" },
    parameters: { limit: 2, "a b": { deep: [1] } },
    tags: ["x"],
  });
  assert.deepEqual(changedFields(before, after), [
    { path: "schedule.expression", before: "0 2 * * *", after: "0 3 * * *" },
    { path: "parameters.limit", before: 1, after: 2 },
    { path: 'parameters["a b"]', before: 1, after: { deep: [1] } },
    { path: "parameters.gone", before: true, after: null },
    { path: "tags", before: [], after: ["x"] },
  ]);
});

test("a schedule or run of another kind changes whole", () => {
  const after = spec("a", { schedule: { type: "interval", everyMs: 5_000 } });
  assert.deepEqual(changedFields(spec("a"), after), [
    {
      path: "schedule",
      before: { type: "cron", expression: "0 2 * * *", timezone: "UTC" },
      after: { type: "interval", everyMs: 5_000 },
    },
  ]);
  const [change] = changedFields(spec("a"), spec("a", { schedule: null }));
  assert.equal(change?.after, null);
});

test("keys that objects inherit are not fields", () => {
  const after = spec("a", { parameters: { constructor: 1 } });
  assert.deepEqual(changedFields(spec("a"), after), [
    { path: "parameters.constructor", before: null, after: 1 },
  ]);
});
