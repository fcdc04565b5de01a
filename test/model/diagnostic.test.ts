import assert from "node:assert/strict";
import { test } from "node:test";
import type { Diagnostic, Findings } from "../../src/model/diagnostic.ts";
import { addedDiagnostics } from "../../src/model/diagnostic.ts";

function at(line: number, severity: Diagnostic["severity"] = "warning"): Diagnostic {
  const place = { file: "f", line, column: 1, endLine: line, endColumn: 2 };
  return { severity, rule: "a/b", message: "the same", help: null, ...place };
}

function findings(text: string, ...diagnostics: Diagnostic[]): Findings {
  return { diagnostics, sources: new Map([["f", text]]) };
}

test("warnings that were there before are left out, wherever their lines have moved", () => {
  const before = findings("x\n  b: 1\n", at(2));
  const after = findings("a: 1\nx\ny\n    b: 1\n", at(1), at(4));
  assert.deepEqual(addedDiagnostics(before, after), [at(1)]);
  const twice = findings("b: 1\nb: 1\n", at(1), at(2));
  assert.deepEqual(addedDiagnostics(before, twice), [at(2)], "one was there, two are here");
});

test("errors are never left out", () => {
  const same = findings("x\n", at(1, "error"));
  assert.deepEqual(addedDiagnostics(same, same), [at(1, "error")]);
});
