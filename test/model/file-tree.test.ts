import assert from "node:assert/strict";
import { test } from "node:test";
import { pathBelow } from "../../src/model/file-tree.ts";

/** Folder, path, and the way from one to the other. */
const WAYS: [folder: string, path: string, way: string | null][] = [
  ["/a", "/a", ""],
  ["/a", "/a/", ""],
  ["/a/", "/a", ""],
  ["/a", "/a/b", "b"],
  ["/a", "/a/b/c", "b/c"],
  ["/a", "/a//b/./c/", "b/c"],
  ["/a", "/a/..b", "..b"],
  ["/", "/", ""],
  ["/", "/a/b", "a/b"],
  ["/a", "/", null],
  ["/a/b", "/a", null],
  ["/a", "/ab", null],
  ["/a", "/b/a", null],
  ["/a", "/a/../b", null],
  ["/a", "/a/b/../../c", null],
  ["/a", "/b/../a/c", "c"],
  ["/a", "/../a/c", "c"],
];

for (const [folder, path, way] of WAYS) {
  test(`below ${folder}, ${path} is ${way ?? "not"}`, () => {
    assert.equal(pathBelow(folder, path), way);
  });
}
