import assert from "node:assert/strict";
import { test } from "node:test";
import { didAll, proveMaintenance } from "../../tools/prove/maintenance.ts";

test("all clean-ups at once do what they had told before, and another job misses nothing", async (t) => {
  const found = await proveMaintenance(t, { rows: 2_000, ticksBefore: 1 });
  assert.ok(didAll(found), JSON.stringify(found));
  assert.ok(found.cleanups.every(({ expected }) => expected > 0));
});
