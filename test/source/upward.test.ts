import assert from "node:assert/strict";
import { test } from "node:test";
import { upward } from "../../src/source/upward.ts";

test("upward goes from a folder to the top of all", () => {
  assert.deepEqual([...upward("/a/b/c")], ["/a/b/c", "/a/b", "/a", "/"]);
  assert.deepEqual([...upward("/")], ["/"]);
});

test("upward ends at the last folder that is wanted, where it comes by it", () => {
  assert.deepEqual([...upward("/a/b/c", "/a/b")], ["/a/b/c", "/a/b"]);
  assert.deepEqual([...upward("/a", "/a")], ["/a"]);
  assert.deepEqual([...upward("/a/b", "/other")], ["/a/b", "/a", "/"]);
});
