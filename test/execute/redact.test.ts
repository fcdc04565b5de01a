import assert from "node:assert/strict";
import { test } from "node:test";
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
});
