import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessOutcome } from "../../src/execute/launcher-messages.ts";
import { pluginOutcome } from "../../src/execute/plugin-outcome.ts";
import { withWarnings } from "../../src/execute/warnings.ts";
import { attemptRequest, jobSpec } from "./attempt.ts";

const ENDED: ProcessOutcome = {
  exitCode: 0,
  signal: null,
  ending: "exited",
  error: "processes could not be killed: 12, 13",
  durationMs: 5,
  outputTail: [],
};

test("warnings follow what the run said; without either there is no message", () => {
  assert.equal(withWarnings("done", ["one", null, "two"]), "done; warning: one; warning: two");
  assert.equal(withWarnings(null, ["one"]), "warning: one");
  assert.equal(withWarnings(null, [null]), null);
});

test("processes that could not be killed are named in the row of a success", () => {
  const request = attemptRequest(jobSpec({ type: "plugin", plugin: "probe", export: null }));
  const result = { success: true, message: null, itemsProcessed: 1, itemsFailed: 0, value: 7 };
  const said = { result, failure: null, killed: false, warning: null };
  const redact = (text: string): string => text;
  const outcome = pluginOutcome({ process: ENDED, outcome: null }, { ...said, request, redact });
  assert.equal(outcome.status, "success");
  assert.equal(outcome.result, 7);
  assert.equal(outcome.message, "warning: processes could not be killed: 12, 13");
});
