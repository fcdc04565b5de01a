import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutputLine } from "../../src/execute/launcher-messages.ts";
import { OutputCapture } from "../../src/execute/output-capture.ts";
import { OutputRedactor } from "../../src/execute/redact-output.ts";
import { createRedactor } from "../../src/execute/redact.ts";

test("values, their base64 and their URL form are replaced; short ones are not", () => {
  const redact = createRedactor(["pass word/1", "abc", "line-one\nline-two"]);
  const base64 = Buffer.from("pass word/1").toString("base64");
  assert.equal(
    redact(`x pass word/1 pass%20word%2F1 ${base64}`),
    "x [redacted] [redacted] [redacted]",
  );
  assert.equal(redact("abc"), "abc");
  assert.equal(redact("line-two"), "[redacted]");
});

test("a value that is part of another leaves nothing of it", () => {
  const redact = createRedactor(["secret", "secret-longer"]);
  assert.equal(redact("secret-longer secret"), "[redacted] [redacted]");
  const overlapping = createRedactor(["abcdefgh", "ghijklmn"]);
  assert.equal(overlapping("<abcdefghijklmn>"), "<[redacted]>");
  assert.equal(createRedactor(["redacted"])("redacted"), "[redacted]");
});

const SECRET = 'p"ä ß\\w+/?~(x)';

test("a value is found as JSON, as a form, as base64 in something longer, and as hexadecimal", () => {
  const redact = createRedactor([SECRET]);
  const spellings = [
    JSON.stringify({ password: SECRET }),
    JSON.stringify(JSON.stringify({ password: SECRET })),
    new URLSearchParams({ password: SECRET }).toString(),
    encodeURIComponent(SECRET).toLowerCase(),
    Buffer.from(SECRET).toString("base64url"),
    Buffer.from(SECRET).toString("hex"),
    `Basic ${Buffer.from(`user:${SECRET}`).toString("base64")}`,
    `Basic ${Buffer.from(`ab:${SECRET}:more`).toString("base64")}`,
    `Basic ${Buffer.from(`a:${SECRET}`).toString("base64")}`,
  ];
  for (const text of spellings) {
    const shown = redact(text);
    assert.match(shown, /\[redacted\]/, text);
    assert.ok(shown.length < text.length + 10, `something of the value is left: ${shown}`);
  }
  assert.equal(redact("nothing of it, w+/?~"), "nothing of it, w+/?~");
});

test("what base64 has around the value stays", () => {
  const whole = Buffer.from(`user:${SECRET}`).toString("base64");
  const shown = createRedactor([SECRET])(whole);
  assert.ok(shown.startsWith(whole.slice(0, 6)) && shown.includes("[redacted]"));
});

test("long base64 that a program broke into lines is found line by line", () => {
  const secret = Array.from({ length: 40 }, (_, index) => `part ${index} `).join("");
  const lines = (
    Buffer.from(secret)
      .toString("base64")
      .match(/.{1,76}/g) ?? []
  ).slice(0, -1);
  const redact = createRedactor([secret]);
  assert.deepEqual(new Set(lines.map((line) => redact(line))), new Set(["[redacted]"]));
});

/** What is kept of output that came in these chunks. */
function logged(secrets: string[], chunks: readonly string[], limitBytes = 1e6): string[] {
  const redactor = new OutputRedactor(secrets);
  const lines: OutputLine[] = [];
  const capture = new OutputCapture(limitBytes, (batch) => lines.push(...redactor.redact(batch)));
  for (const chunk of chunks) capture.write("stdout", Buffer.from(chunk));
  capture.end();
  lines.push(...redactor.end());
  return lines.map(({ text }) => text);
}

test("a value that is split across chunks is found, wherever they are cut", () => {
  const text = "before hunter2hunter2 after\nnext\n";
  for (let at = 1; at < text.length; at += 1) {
    const chunks = [text.slice(0, at), text.slice(at)];
    assert.deepEqual(logged(["hunter2hunter2"], chunks), ["before [redacted] after", "next"]);
  }
});

test("a value across two pieces of a line that is too long is found, and the line is whole", () => {
  const secret = "s3cr3t-".repeat(20);
  for (const before of [16_384 - 1, 16_384 - 70, 16_384 - 140, 16_384]) {
    const [left, right] = ["x".repeat(before), "y".repeat(20_000)];
    const shown = logged([secret], [left + secret + right, "\nlast\n"]);
    assert.equal(shown.at(-1), "last");
    assert.equal(shown.slice(0, -1).join(""), `${left}[redacted]${right}`);
  }
});

test("where output is left out, the rest of a value is not shown", () => {
  const secret = "correct-horse-battery-staple";
  const shown = logged(
    [secret],
    [`${"z".repeat(400)}\n`.repeat(50), `${secret}\n`.repeat(3_000)],
    20_000,
  );
  assert.ok(shown.some((text) => text.includes("left out")));
  assert.ok(!/horse|battery/.test(shown.join("\n")), "a part of the value is shown");
});

test("where the start of a long line is left out, the rest of a value is not shown", () => {
  const secret = "correct-horse-battery-staple";
  const end = "y".repeat(4_936 - secret.length / 2 - 1);
  const shown = logged([secret], [`${"z".repeat(1_000)}${secret}${end}\n`], 10_000);
  assert.deepEqual(shown.slice(1), [`[redacted]${end}`]);
});

test("a job whose values are short or absent is handed on as it is", () => {
  assert.deepEqual(logged(["no", "12345"], ["no 12345 production\n"]), ["no 12345 production"]);
});
