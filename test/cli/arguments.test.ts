import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeArguments } from "../../src/cli/arguments.ts";
import { collectParameter, countOf, durationOf } from "../../src/cli/option-values.ts";

const VALUED = new Set(["-c", "--config", "--state-dir"]);

function normalize(line: string): string {
  return normalizeArguments(line.split(" "), VALUED).join(" ");
}

test("infra and core before a command mean nothing", () => {
  assert.equal(normalize("infra jobs list"), "jobs list");
  assert.equal(normalize("core jobs list"), "jobs list");
  assert.equal(normalize("--json infra jobs list"), "--json jobs list");
  assert.equal(normalize("-c infra infra jobs list"), "-c infra jobs list");
  assert.equal(normalize("infra --json jobs list"), "--json jobs list");
});

test("they mean something everywhere else", () => {
  assert.equal(normalize("jobs show infra"), "jobs show infra");
  assert.equal(normalize("infra"), "infra");
  assert.equal(normalize("infra core jobs"), "core jobs");
});

test("--check is check, wherever it stands among the global flags", () => {
  assert.equal(normalize("--check"), "check");
  assert.equal(normalize("--check a.yaml"), "check a.yaml");
  assert.equal(normalize("--check=a.yaml --json"), "check a.yaml --json");
  assert.equal(normalize("--json --check"), "--json check");
  assert.equal(normalize("-c --check jobs"), "-c --check jobs");
});

test("a parameter is JSON only where it is the usual writing of a JSON value", () => {
  const values = Object.entries({
    "n=10": 10,
    "n=1.10": "1.10",
    "n=007": "007",
    "n=true": true,
    "n=": "",
    "n=a=b": "a=b",
    'n="10"': "10",
    'n={"a":[1]}': { a: [1] },
    "n=12345678901234567890": "12345678901234567890",
  });
  for (const [text, value] of values) assert.deepEqual(collectParameter(text), { n: value });
  assert.deepEqual(collectParameter("b=2", { a: 1 }), { a: 1, b: 2 });
  assert.throws(() => collectParameter("n"), /key=value/);
  assert.throws(() => collectParameter("=1"), /key=value/);
});

test("counts are whole numbers from 1, durations are strict", () => {
  assert.equal(countOf("20"), 20);
  for (const text of ["0", "-1", "1.5", "1e3", "", "x"]) assert.throws(() => countOf(text));
  assert.equal(durationOf("1m30s"), 90_000);
  for (const text of ["30", "5m x", ""]) assert.throws(() => durationOf(text));
});
