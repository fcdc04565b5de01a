import assert from "node:assert/strict";
import { test } from "node:test";
import { keptLines, textHunks } from "../../src/plan/text-diff.ts";

test("lines that stayed are known by where they were", () => {
  const kept = keptLines("a\nb\nc\nd\n", "a\nnew\nc\nd\nmore\n") ?? new Map();
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
    [...(keptLines("a\nb", "a\r\nb") ?? [])],
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

function numbered(count: number, prefix: string): string {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}\n`).join("");
}

test("texts that differ nearly everywhere are not compared", () => {
  const [before, after] = [numbered(1_100, "a"), numbered(1_100, "b")];
  assert.equal(textHunks(before, after), null);
  assert.equal(keptLines(before, after), null);
});

test("what a long text has in common at both ends is kept, whatever is between", () => {
  const [head, tail] = [numbered(20_000, "head"), numbered(20_000, "tail")];
  const kept = keptLines(`${head}a\nsame\nb\n${tail}`, `${head}A\nmore\nsame\nB\n${tail}`);
  const found = [20_000, 20_001, 20_002, 20_003, 20_004, 20_005].map((line) => kept?.get(line));
  assert.deepEqual(found, [20_000, undefined, undefined, 20_002, undefined, 20_004]);
  assert.equal(kept?.size, 40_002, "the end of the last line counts as a line");
});

test("equal lines are not kept twice where one text is the end and the beginning of the other", () => {
  assert.deepEqual(
    [...(keptLines("a\na", "a\na\na") ?? [])],
    [
      [1, 1],
      [2, 2],
    ],
  );
  assert.deepEqual(
    [...(keptLines("a\na\na", "a\na") ?? [])],
    [
      [1, 1],
      [2, 2],
    ],
  );
});
