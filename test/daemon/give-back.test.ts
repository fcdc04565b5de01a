import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapStatistics } from "node:v8";
import { giveBackMemory, startGivingBack } from "../../src/daemon/give-back.ts";

const MB = 2 ** 20;

const heldBytes = (): number => getHeapStatistics().total_heap_size;

/** Makes the heap grow by about 60 bytes each, for as long as somebody keeps them. */
function grow(count: number): number[][] {
  return Array.from({ length: count }, (_, index) => [index, index + 0.5, index * 2]);
}

test("a heap that grew for a moment returns what it does not need", () => {
  const before = heldBytes();
  let work: number[][] | null = grow(1_500_000);
  const grown = heldBytes();
  const needed = work.slice(0, 1_000);
  work = null;
  assert.ok(grown > before + 64 * MB, `it grew by ${grown - before} bytes`);
  giveBackMemory();
  assert.ok(heldBytes() < before + 16 * MB);
  assert.equal(needed.length, 1_000);
});

test("a heap that grew by a little returns that when its time comes", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  using _ = startGivingBack({ everyMs: 60_000 });
  let work: number[][] | null = grow(600_000);
  const needed = work.slice(0, 1_000);
  t.mock.timers.tick(59_999);
  const grown = heldBytes();
  // Until now all of it was needed, so that whatever else collects could return nothing.
  work = null;
  t.mock.timers.tick(1);
  assert.ok(heldBytes() < grown - 8 * MB, `${grown - heldBytes()} bytes are returned`);
  assert.equal(needed.length, 1_000);
});
