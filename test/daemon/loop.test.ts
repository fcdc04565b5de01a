import assert from "node:assert/strict";
import { test } from "node:test";
import { startBatch } from "../../src/daemon/batch.ts";
import { SchedulerError } from "../../src/model/errors.ts";
import { startLoop } from "../../src/daemon/loop.ts";

test("a wake during a step is one more step", async () => {
  const steps: number[] = [];
  const enough = Promise.withResolvers<void>();
  const loop = startLoop({
    async step() {
      steps.push(steps.length);
      if (steps.length === 1) {
        loop.wake();
        loop.wake();
      } else enough.resolve();
      return 60_000;
    },
    onError: assert.ifError,
    retryMs: 1,
  });
  await enough.promise;
  await loop.stop();
  assert.deepEqual(steps, [0, 1]);
});

test("a step that throws is reported and repeated; stop waits for the step", async () => {
  const errors: unknown[] = [];
  const second = Promise.withResolvers<void>();
  let count = 0;
  let finished = false;
  const loop = startLoop({
    async step() {
      count += 1;
      if (count === 1) throw new Error("once");
      second.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      finished = true;
      return 60_000;
    },
    onError: (error) => errors.push(error),
    retryMs: 1,
  });
  await second.promise;
  await loop.stop();
  assert.equal(errors.length, 1);
  assert.ok(finished);
});

test("items added together, or during a write, go together", async () => {
  const writes: number[][] = [];
  const batch = startBatch<number, number>({
    max: 3,
    async write(items) {
      writes.push(items);
      await new Promise((resolve) => setImmediate(resolve));
      return items.map((item) => item * 10);
    },
  });
  const results = await Promise.all([1, 2, 3, 4, 5].map((item) => batch.add(item)));
  assert.deepEqual(results, [10, 20, 30, 40, 50]);
  assert.deepEqual(writes, [
    [1, 2, 3],
    [4, 5],
  ]);
});

test("a write that fails fails its items and no others", async () => {
  let failing = true;
  const batch = startBatch<number, number>({
    max: 1,
    async write(items) {
      if (failing) {
        failing = false;
        throw new Error("no");
      }
      return items;
    },
  });
  const results = await Promise.allSettled([batch.add(1), batch.add(2)]);
  assert.deepEqual(
    results.map((result) => result.status),
    ["rejected", "fulfilled"],
  );
  await batch.settled();
});

test("settled waits for what was added before it and for nothing later", async () => {
  const written: number[] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const batch = startBatch<number, void>({
    max: 1,
    async write([item = 0]) {
      await gates[item]?.promise;
      written.push(item);
      return [undefined];
    },
  });
  const first = batch.add(0);
  const settled = batch.settled();
  const second = batch.add(1);
  gates[0]?.resolve();
  await Promise.all([first, settled]);
  assert.deepEqual(written, [0]);
  gates[1]?.resolve();
  await second;
});

test("an item that the database refuses does not fail those written with it", async () => {
  const writes: number[][] = [];
  const batch = startBatch<number, number>({
    max: 10,
    async write(items) {
      writes.push(items);
      if (items.includes(2)) throw new SchedulerError("database_failed", "two is refused");
      return items;
    },
  });
  const results = await Promise.allSettled([1, 2, 3].map((item) => batch.add(item)));
  assert.deepEqual(
    results.map((result) => result.status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(writes, [[1, 2, 3], [1], [2], [3]]);
});
