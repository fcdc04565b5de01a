import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinParameter, findBuiltin } from "../../src/model/builtins.ts";

test("a built-in is found by either spelling of its name", () => {
  assert.equal(findBuiltin("cleanup_sessions"), "cleanup-sessions");
  assert.equal(findBuiltin("log-cleanup"), "log-cleanup");
  assert.equal(findBuiltin("toString"), null);
});

test("a parameter is the job's, else its default, and never made up", () => {
  assert.equal(builtinParameter("log-cleanup", "retention_days", { retention_days: 7 }), 7);
  assert.equal(builtinParameter("log-cleanup", "retention_days", {}), 30);
  assert.throws(() => builtinParameter("log-cleanup", "retention_hours", {}));
});
