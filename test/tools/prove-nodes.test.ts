import assert from "node:assert/strict";
import { test } from "node:test";
import { proveSaves } from "../../tools/prove/saves.ts";
import { proveStarts } from "../../tools/prove/starts.ts";

test("five nodes that start at once on an empty database make its tables and apply the file once", async (t) => {
  const { revisions, migrations } = await proveStarts(t, { rounds: 1, nodes: 5 });
  assert.deepEqual([revisions, migrations], [[1], [1]]);
});

test("of a hundred saves in a second the last is in force, and none that was torn", async (t) => {
  const { torn, revisions } = await proveSaves(t, { saves: 100, withinMs: 1_000 });
  assert.equal(torn, 0);
  assert.ok(revisions <= 101);
});
