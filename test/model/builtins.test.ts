import assert from "node:assert/strict";
import { test } from "node:test";
import { BUILTINS, findBuiltin } from "../../src/model/builtins.ts";

test("a built-in is found by either spelling of its name", () => {
  assert.equal(findBuiltin("cleanup_sessions"), "cleanup-sessions");
  assert.equal(findBuiltin("log-cleanup"), "log-cleanup");
  assert.equal(findBuiltin("database-cleanup"), "database_cleanup");
  assert.equal(findBuiltin("toString"), null);
});
