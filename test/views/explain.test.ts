import assert from "node:assert/strict";
import { test } from "node:test";
import { renderExplain } from "../../src/views/explain.ts";
import { assertGolden, plain } from "../helpers/golden.ts";
import { OUTCOMES } from "./explain-cases.ts";
import { CIRCUMSTANCES } from "./explain-more-cases.ts";

const EXPLAINED = { ...OUTCOMES, ...CIRCUMSTANCES };

for (const [name, data] of Object.entries(EXPLAINED)) {
  test(`the answer '${name}' is written`, () => {
    assertGolden(`explain/${name}.txt`, renderExplain(data, { color: plain }));
  });
}

test("the answers have one sentence that says all, and something to type", () => {
  for (const [name, data] of Object.entries(EXPLAINED)) {
    const [answer = "", blank, ...rest] = renderExplain(data, { color: plain }).split("\n");
    assert.match(answer, /^nightly.*\.$/, name);
    assert.equal(blank, "", name);
    if (name !== "lost") assert.ok(rest.includes("What to type next"), name);
  }
});
