import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonText } from "../../src/views/json-text.ts";

test("what a terminal or a build server would obey is escaped, and means the same", () => {
  const value = {
    a: "\u009B2J \u202E \u{E0041} \u007F ##[group]x ##vso[task]",
    "##[k": ["ü\n👍\u200D"],
  };
  const text = jsonText(value);
  assert.ok(!/[\u007F-\u009F\u202E]|##\[|##vso/u.test(text), text);
  assert.deepEqual(JSON.parse(text), value);
  assert.ok(text.includes("ü\\n👍\u200D"), "what can be seen stays readable");
  assert.equal(jsonText({ a: [1] }, { indent: 0 }), '{"a":[1]}\n');
});
