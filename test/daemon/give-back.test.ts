import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapStatistics } from "node:v8";
import { giveBackMemory } from "../../src/daemon/give-back.ts";

const heldBytes = (): number => getHeapStatistics().total_heap_size;

test("a heap that grew for a moment returns what it does not need", () => {
  const before = heldBytes();
  let work: object[] | null = Array.from({ length: 1_500_000 }, (_, index) => ({ index }));
  const needed = work.slice(0, 1_000);
  work = null;
  const grown = heldBytes();
  assert.ok(grown > before + 64 * 2 ** 20, "the engine keeps it by itself");
  giveBackMemory();
  assert.ok(heldBytes() < before + 16 * 2 ** 20);
  assert.equal(needed.length, 1_000);
});
