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

test("of a line that is longer than half of the limit the end is kept, and quoted by the error", () => {
  for (const [limitBytes, size, quoted] of [
    [1_000, 600, 600],
    [10_000, 6_000, 6_000],
    [20_000, 12_000, 8_192],
  ] as const) {
    const whole = `ERROR ${"ä".repeat((size - 10) / 2)} end`;
    for (const end of ["\n", "\r\n"]) {
      const { texts, recent } = capture(limitBytes, [whole, end]);
      const [gap = "", last = ""] = texts;
      assert.equal(texts.length, 2);
      assert.ok(last.length > limitBytes / 8 && whole.endsWith(last), last.slice(0, 20));
      const leftOut = Number(/^… (\d+) bytes of output left out …$/.exec(gap)?.[1]);
      assert.equal(Buffer.byteLength(last + end) + leftOut, size + end.length);
      assert.ok(Buffer.byteLength(last) + 64 <= limitBytes / 2);
      const short = whole.length <= quoted;
      assert.deepEqual(recent, [short ? whole : `…${whole.slice(-quoted)}`]);
    }
  }
});

test("what the limit leaves out of the log is quoted by the error all the same", () => {
  const long = "e".repeat(6_000);
  const { texts, recent } = capture(10_000, [`${long}\n`, "gone\n"]);
  assert.deepEqual(texts.slice(1), ["gone"]);
  assert.deepEqual(recent, [long, "gone"]);
});

test("a long last line is quoted by its end", () => {
  const { recent } = capture(1e6, [`first\n${"x".repeat(9_000)}end\n`]);
  assert.deepEqual(recent, [`…${"x".repeat(8_189)}end`]);
});

test("the first lines of what a long output left are quoted as cut", () => {
  const output = new OutputCapture(1_000, () => undefined);
  output.write("stderr", Buffer.from(`${"z".repeat(600)}\n${"secret-".repeat(200)}`));
  // Each write of another stream costs more than its bytes, so that little of each is left.
  for (let count = 0; count < 200; count += 1) {
    for (const stream of ["stdout", "stderr"] as const) output.write(stream, Buffer.from("x"));
  }
  output.end();
  assert.match(output.recentLines().join("\n"), /^…x{1,100}$/);
});
