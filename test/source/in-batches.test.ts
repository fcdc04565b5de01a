import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { inBatches } from "../../src/source/in-batches.ts";

test("results come in the order of the entries, whichever is done first", async () => {
  const entries = [3, 1, 2];
  const results = await inBatches(entries, async (turns) => {
    for (let turn = 0; turn < turns; turn += 1) await setImmediate();
    return turns * 10;
  });
  assert.deepEqual(results, [30, 10, 20]);
});

test("only a few of many are done at a time", async () => {
  let open = 0;
  let most = 0;
  const entries = Array.from({ length: 100 }, (_, index) => index);
  const results = await inBatches(entries, async (entry) => {
    open += 1;
    most = Math.max(most, open);
    await setImmediate();
    open -= 1;
    return entry;
  });
  assert.deepEqual(results, entries);
  assert.ok(most > 1 && most <= 32, `${most} at a time`);
});
