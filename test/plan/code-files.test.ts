import assert from "node:assert/strict";
import { test } from "node:test";
import type { CodeText } from "../../src/plan/code-files.ts";
import { changedFiles } from "../../src/plan/code-files.ts";

function file(name: string, text: string): CodeText {
  return { file: name, sha256: text, text };
}

test("files that differ are counted by their lines, the others left out", () => {
  const before = [file("a.ts", "1\n2\n3\n"), file("same.ts", "x\n"), file("gone.ts", "a\nb\n")];
  const after = [file("a.ts", "1\ntwo\n3\n4\n"), file("same.ts", "x\n"), file("new.ts", "n\n")];
  assert.deepEqual(changedFiles(before, after), [
    { file: "a.ts", added: 2, removed: 1 },
    { file: "new.ts", added: 1, removed: 0 },
    { file: "gone.ts", added: 0, removed: 2 },
  ]);
});

test("texts without a line in common are counted without comparing every pair", () => {
  const lines = (letter: string): string =>
    Array.from({ length: 20_000 }, (_, index) => `${letter}${index}\n`).join("");
  const changed = changedFiles([file("a", lines("a"))], [file("a", lines("b"))]);
  assert.deepEqual(changed, [{ file: "a", added: 20_000, removed: 20_000 }]);
});
