import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutputLine } from "../../src/execute/launcher-messages.ts";
import { OutputCapture } from "../../src/execute/output-capture.ts";

function capture(
  limitBytes: number,
  chunks: readonly (string | Buffer)[],
): { texts: string[]; recent: string[] } {
  const lines: OutputLine[] = [];
  const output = new OutputCapture(limitBytes, (batch) => lines.push(...batch));
  for (const chunk of chunks) output.write("stdout", Buffer.from(chunk));
  output.end();
  return { texts: lines.map((line) => line.text), recent: output.recentLines() };
}

test("lines are the same however the bytes are cut", () => {
  const bytes = Buffer.from("eins\nzwei ä€😀\r\n\nvier");
  const expected = ["eins", "zwei ä€😀", "", "vier"];
  assert.deepEqual(capture(10_000, [bytes]).texts, expected);
  assert.deepEqual(
    capture(
      10_000,
      Array.from(bytes, (byte) => Buffer.from([byte])),
    ).texts,
    expected,
  );
});

test("a long line is not cut within a character", () => {
  const { texts } = capture(1e6, [`a${"€".repeat(20_000)}\n`]);
  assert.equal(texts.join(""), `a${"€".repeat(20_000)}`);
  assert.ok(texts.every((text) => Buffer.byteLength(text) <= 16_384));
});

test("what is left out is counted to the byte", () => {
  for (const step of [1, 7, 1_000, 100_000]) {
    const whole = Array.from({ length: 5_000 }, (_, index) => `line ${index}\n`).join("");
    const chunks = whole.match(new RegExp(`[^]{1,${step}}`, "g")) ?? [];
    const { texts, recent } = capture(20_000, chunks);
    const at = texts.findIndex((text) => text.includes("left out"));
    const leftOut = Number(/\d+/.exec(texts[at] ?? "")?.[0]);
    const kept = texts.toSpliced(at, 1).reduce((sum, text) => sum + text.length + 1, 0);
    assert.equal(kept + leftOut, whole.length, `in steps of ${step}`);
    assert.equal(texts[0], "line 0");
    assert.equal(texts.at(-1), "line 4999");
    assert.equal(recent.at(-1), "line 4999");
  }
});

test("a million empty lines do not become a million records", () => {
  const { texts } = capture(100_000, ["\n".repeat(1_000_000)]);
  assert.ok(texts.length < 2_000, String(texts.length));
});
