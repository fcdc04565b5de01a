import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuntimeStatus, ServiceAction } from "../../src/model/service.ts";
import { serviceAction } from "../../src/plan/action.ts";

test("each pair of desired and runtime status has the action of the table", () => {
  const rows: [RuntimeStatus | null, ServiceAction, ServiceAction][] = [
    ["running", "none", "stop"],
    ["starting", "none", "stop"],
    ["stopped", "start", "cleanup-db"],
    ["crashed", "restart", "cleanup-db"],
    ["orphaned", "restart", "cleanup-process"],
    [null, "start", "none"],
  ];
  for (const [runtime, enabled, disabled] of rows) {
    assert.equal(serviceAction("enabled", runtime), enabled);
    assert.equal(serviceAction("disabled", runtime), disabled);
    assert.equal(serviceAction(null, runtime), disabled);
  }
});
