import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapStatistics } from "node:v8";
import { giveBackMemory } from "../../src/daemon/give-back.ts";

const heldBytes = (): number => getHeapStatistics().total_heap_size;

test("a heap that grew for a moment returns what it does not need", () => {
  const before = heldBytes();
  let work: number[][] | null = Array.from({ length: 1_500_000 }, (_, index) => [
    index,
    index + 0.5,
    index * 2,
  ]);
  const grown = heldBytes();
  const needed = work.slice(0, 1_000);
  work = null;
  assert.ok(grown > before + 64 * 2 ** 20, `it grew by ${grown - before} bytes`);
  giveBackMemory();
  assert.ok(heldBytes() < before + 16 * 2 ** 20);
  assert.equal(needed.length, 1_000);
});
