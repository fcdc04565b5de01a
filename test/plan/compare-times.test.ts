import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { TimesCount } from "../../src/plan/compare-times.ts";
import { compareTimes } from "../../src/plan/compare-times.ts";

const HOUR_MS = 3_600_000;

function compareHours(before: number[], after: number[], until: number): TimesCount {
  const inMs = (hours: number[]): number[] => hours.map((hour) => hour * HOUR_MS);
  return compareTimes(inMs(before), inMs(after), until * HOUR_MS);
}

test("each time before is kept, moved or removed, and each after kept, moved or added", () => {
  const times = fc
    .uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 60 })
    .map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(times, times, (before, after) => {
      const { kept, added, removed, moved, shifts } = compareTimes(before, after, 400);
      assert.equal(kept + moved + removed, before.length);
      assert.equal(kept + moved + added, after.length);
      assert.equal(kept, before.filter((time) => after.includes(time)).length);
      const counts = shifts.map(({ count }) => count);
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => b - a),
      );
      const counted = counts.reduce((sum, count) => sum + count, 0);
      assert.ok(shifts.length === 10 ? counted <= moved : counted === moved);
    }),
    { numRuns: 500 },
  );
});

test("whatever the end is, the times before it are all accounted for", () => {
  const times = fc
    .uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 40 })
    .map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(times, times, fc.integer({ min: 0, max: 200 }), (before, after, until) => {
      const { kept, added, removed, moved } = compareTimes(before, after, until);
      const due = before.filter((time) => time <= until).length;
      assert.equal(kept + moved + removed, due);
      assert.ok(added >= 0 && removed >= 0);
      assert.ok(kept + added <= after.filter((time) => time <= until).length);
    }),
    { numRuns: 500 },
  );
});

test("a time has moved to the nearest that is new", () => {
  const daily = [24, 48, 72, 96];
  const late = daily.map((hour) => hour + 3);
  const moved = { kept: 0, added: 0, removed: 0, moved: 4 };
  assert.deepEqual(compareHours(daily, late, 100), {
    ...moved,
    shifts: [{ byMs: 3 * HOUR_MS, count: 4 }],
  });
  assert.deepEqual(compareHours(late, daily, 100).shifts, [{ byMs: -3 * HOUR_MS, count: 4 }]);
});

test("a time halfway between two new ones moves to the later one", () => {
  const { shifts, added, removed } = compareHours([24, 48, 72], [12, 36, 60, 84], 90);
  assert.deepEqual(shifts, [{ byMs: 12 * HOUR_MS, count: 3 }]);
  assert.deepEqual([added, removed], [1, 0]);
});

test("what lies too far apart went and came", () => {
  // Twice an hour apart each day: half an hour is near.
  const { moved, added, removed } = compareHours([9, 10, 33, 34], [12, 13, 36, 37], 40);
  assert.deepEqual([moved, added, removed], [0, 4, 4]);
});

test("what moves over the end is neither removed nor added", () => {
  const out = compareHours([24, 48, 72], [27, 51, 75, 99], 73);
  assert.deepEqual([out.moved, out.added, out.removed], [3, 0, 0]);
  const into = compareHours([27, 51, 75], [24, 48, 72, 96], 73);
  assert.deepEqual([into.moved, into.added, into.removed], [2, 0, 0]);
});
