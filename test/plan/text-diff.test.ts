import assert from "node:assert/strict";
import { test } from "node:test";
import { keptLines, textHunks } from "../../src/plan/text-diff.ts";

test("lines that stayed are known by where they were", () => {
  const kept = keptLines("a\nb\nc\nd\n", "a\nnew\nc\nd\nmore\n");
  assert.deepEqual([...kept].slice(0, 3), [
    [1, 1],
    [3, 3],
    [4, 4],
  ]);
  assert.equal(kept.has(2), false);
  assert.equal(kept.has(5), false);
});

test("other line ends are no difference", () => {
  assert.deepEqual(
    [...keptLines("a\nb", "a\r\nb")],
    [
      [1, 1],
      [2, 2],
    ],
  );
});

test("hunks have their places and no note about the last line", () => {
  const [hunk] = textHunks("a\nb\nc", "a\nB\nc") ?? [];
  assert.deepEqual(hunk, {
    old_start: 1,
    old_lines: 3,
    new_start: 1,
    new_lines: 3,
    lines: [" a", "-b", "+B", " c"],
  });
  assert.deepEqual(textHunks("same\n", "same\n"), []);
});

test("texts that differ nearly everywhere are not compared", () => {
  const lines = (prefix: string): string =>
    Array.from({ length: 5_000 }, (_, index) => `${prefix}${index}`).join("\n");
  assert.equal(textHunks(lines("a"), lines("b")), null);
  assert.equal(keptLines(lines("a"), lines("b")).size, 0);
});
