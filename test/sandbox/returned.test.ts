import assert from "node:assert/strict";
import { test } from "node:test";
import { JobResult } from "../../src/sandbox/author.ts";
import { returnedResult } from "../../src/sandbox/returned.ts";

test("nothing, a JobResult and any JSON value are results", () => {
  const nothing = {
    success: true,
    message: null,
    itemsProcessed: null,
    itemsFailed: null,
    value: null,
  };
  assert.deepEqual(returnedResult(undefined), nothing);
  assert.deepEqual(returnedResult(null), nothing);
  assert.deepEqual(returnedResult([1, "a"]), { ...nothing, value: [1, "a"] });
  assert.deepEqual(returnedResult({ message: "data" }), { ...nothing, value: { message: "data" } });
  const built = JobResult.success().withStats(3, 1).withDuration(5).withMessage("ok");
  assert.deepEqual(returnedResult(built), {
    success: true,
    message: "ok",
    itemsProcessed: 3,
    itemsFailed: 1,
    value: { success: true, message: "ok", itemsProcessed: 3, itemsFailed: 1, durationMs: 5 },
  });
  assert.equal(returnedResult(JobResult.failure("no")).success, false);
  assert.equal(returnedResult({ success: false, message: "plain" }).message, "plain");
  assert.equal(returnedResult({ success: true, itemsProcessed: -1 }).itemsProcessed, null);
});

test("what JSON cannot carry is refused", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  assert.throws(() => returnedResult(circle), /JSON cannot carry/);
  assert.throws(() => returnedResult(10n), /JSON cannot carry/);
  assert.throws(() => returnedResult(() => 1), /returned a function/);
  assert.throws(() => returnedResult("x".repeat(2_000_000)), /bytes of JSON/);
});
