import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { parse } from "yaml";
import { flowText } from "../../src/config/check-command.ts";
import { readShellLine } from "../../src/config/shell-words.ts";

const piece = fc.constantFrom(
  ..."a b -x -- = a=b 5 . / : , + @ % ^ {} 'c d' \"e f\" '' \"\" \\\\ \\' \\\" \\$ '$' \"'\" '\"' é".split(
    " ",
  ),
  " ",
  "  ",
  "\t",
  "\\ ",
  "$x",
  "*",
  "|",
  "&&",
  ";",
  "~",
  "#",
  "{a,b}",
);

test("a line without syntax has the words that a shell gives a program", () => {
  let compared = 0;
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
      const text = `echo ${pieces.join("")}`;
      const { words, syntax } = readShellLine(text);
      if (syntax !== null) return;
      compared += 1;
      const script = text.replace("echo", "printf '%s\\0' echo");
      const shell = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
      assert.deepEqual(words, shell.split("\0").slice(0, -1));
    }),
    { numRuns: 400 },
  );
  assert.ok(compared > 50, String(compared));
});

test("what a shell alone understands is named", () => {
  const syntax = (text: string): string | null => readShellLine(text).syntax;
  assert.deepEqual(
    ["a > b", "a >> b", "a && b", "a $HOME", 'a "$HOME"', "a `b`", "a *.txt", "cd /x", "A=1 b"].map(
      syntax,
    ),
    [">", ">>", "&&", "$", "$", "`", "*", "cd", "A=1"],
  );
  assert.deepEqual(
    ["a '$HOME'", "a '*'", "find . -exec rm {} \\;", "a b=c", "a~b", "a#b", "a\n"].map(syntax),
    [null, null, null, null, null, null, null],
  );
  assert.deepEqual(["a\nb", "a 'b", 'a "b', "~/x", "a # b"].map(syntax), [
    "a line break",
    "'",
    '"',
    "~",
    "#",
  ]);
});

test("a pipe is one outside quotes and brackets, and no alternative", () => {
  const pipe = (text: string): boolean => readShellLine(text).pipe;
  assert.deepEqual(["a | b", "a|b", "a || b | c"].map(pipe), [true, true, true]);
  assert.deepEqual(["a || b", "a '|' b", 'a "|" b', "a \\| b", "a $(b | c)"].map(pipe), [
    false,
    false,
    false,
    false,
    false,
  ]);
});

test("a text in a YAML list reads as that text", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string({ unit: "grapheme" }),
          fc.constantFrom("5", "true", "~", "-", "a: b", ".5", "0x1f", "1e3", "-.inf"),
        ),
        {
          minLength: 1,
        },
      ),
      (texts) => {
        assert.deepEqual(parse(`[${texts.map(flowText).join(", ")}]`), texts);
      },
    ),
    { numRuns: 500 },
  );
});
