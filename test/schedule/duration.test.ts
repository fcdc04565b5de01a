import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { durationText } from "../../src/model/job.ts";
import { parseDuration } from "../../src/schedule/duration.ts";

test("durations are read in milliseconds", () => {
  const read = ["1h30m", "45s", "500ms", "2d", "1d2h3m4s5ms", "90m", "0h5m"].map(parseDuration);
  assert.deepEqual(read, [5_400_000, 45_000, 500, 172_800_000, 93_784_005, 5_400_000, 300_000]);
});

test("whatever is not exactly a duration is refused", () => {
  const refused =
    "|5|5 m|5M|-3m|+3m|1.5h|30m1h|1m1m|5m garbage|1h,30m|1e3s|10 minutes|5m\n|0s|0ms|9007199254740992ms|999999999999d";
  for (const text of refused.split("|"))
    assert.equal(parseDuration(text), null, JSON.stringify(text));
});

test("what is written is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 13 }), (ms) => {
      assert.equal(parseDuration(durationText(ms)), ms);
    }),
  );
});
