import assert from "node:assert/strict";
import { test } from "node:test";
import { renderWhy } from "../../src/views/why.ts";
import { assertGolden, plain } from "../helpers/golden.ts";
import { WHYS } from "./why-cases.ts";

for (const [name, data] of Object.entries(WHYS)) {
  test(`the answer '${name}' is written`, () => {
    assertGolden(`why/${name}.txt`, renderWhy(data, { color: plain }));
  });
}

test("what a user wrote does not command a terminal", () => {
  const name = "a\u001B[31m\u202E";
  const [first] = Object.values(WHYS);
  assert.ok(first);
  const reason = "##[error] \u001B]0;title\u0007";
  const decision =
    first.decision === null ? null : { ...first.decision, kind: "disabled" as const, reason };
  const text = renderWhy({ ...first, job_name: name, decision }, { color: plain });
  for (const hostile of ["\u001B", "\u0007", "\u202E", "##["]) assert.ok(!text.includes(hostile));
});
