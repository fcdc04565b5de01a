import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../src/builtin/turns.ts";

test("two works go on at a time, in their order, also after one that failed", async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
  const taken = gates.map(({ promise }, index) =>
    turns.take(() => {
      begun.push(index);
      return promise;
    }),
  );
  const [first, second, third, fourth] = taken;
  assert.deepEqual(begun, [0, 1]);
  gates[1]?.reject(new Error("no"));
  await assert.rejects(second ?? Promise.resolve());
  await Promise.resolve();
  assert.deepEqual(begun, [0, 1, 2]);
  gates[0]?.resolve(0);
  gates[2]?.resolve(2);
  gates[3]?.resolve(3);
  assert.deepEqual(await Promise.all([first, third, fourth]), [0, 2, 3]);
});
