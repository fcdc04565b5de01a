import { test } from "node:test";
import assert from "node:assert/strict";
import { check, summary, testCorpus, type Corpus } from "./checking.ts";

/** Files that are no YAML, or have what a config must not have of YAML. */
const CORPUS: Corpus = [
  // YAML that does not parse.
  ["tab as indentation", "jobs:\n  a:\n\tcommand: x\n  b: {command: x}\n", ["3:1 yaml/tab"]],
  ["tab behind spaces", "jobs:\n  a:\n    \tcommand: x\n", ["3:5 yaml/tab"]],
  ["tab behind spaces after a value", "timezone: UTC\n \tplugins: x\njobs: {}\n", ["2:2 yaml/tab"]],
  ["tab behind spaces of a list", "jobs:\n  a:\n    command:\n    \t- x\n", ["4:5 yaml/tab"]],
  ["tab before the jobs", "jobs:\n\ta: {}\n", ["2:1 yaml/tab"]],
  ["unquoted cron", "jobs:\n  a:\n    schedule: */5 * * * *\n", ["3:15 yaml/unquoted"]],
  ["unquoted nickname", "jobs:\n  a:\n    schedule: @daily # x\n", ["3:15 yaml/unquoted"]],
  [
    "unquoted cron in braces",
    "jobs:\n  a: {schedule: {cron: * * * * *}}\n",
    ["2:24 yaml/unquoted"],
  ],
  ["unknown alias", "jobs:\n  a: {command: *x}\n", ["2:16 yaml/unknown-alias"]],
  ["open quote", 'jobs:\n  a:\n    command: "x\n    tags: []\n', ["3:14 yaml/syntax"]],
  ["open bracket", "jobs:\n  a:\n    command: [x, y\n  b:\n    command: x\n", ["3:18 yaml/syntax"]],
  ["second colon", "jobs:\n  a:\n    description: x: y\n", ["3:18 yaml/syntax"]],
  ["misaligned key", "jobs:\n  a:\n    command: x\n   tags: []\n", ["4:4 yaml/indentation"]],
  ["misaligned job", "jobs:\n   a:\n     command: x\n  b:\n     command: x\n", ["4:3 yaml/syntax"]],
  ["key that is a list", "jobs:\n  ? [a]\n  : {command: x}\n", ["2:5 yaml/key"]],
  ["text below a job", "jobs:\n  a: foo\n bar\n", ["3:2 yaml/syntax"]],
  // YAML that parses, and is refused.
  ["two documents", "jobs: {}\n---\njobs: {}\n", ["2:1 yaml/several-documents"]],
  [
    "two documents below a job",
    "jobs:\n  a: {command: x}\n---\njobs: {}\n",
    ["3:1 yaml/several-documents"],
  ],
  ["directive", "%YAML 1.1\n---\njobs: {a: {command: x, enabled: yes}}\n", ["1:1 yaml/directive"]],
  [
    "duplicate keys",
    "jobs:\n  a: {command: x}\n  b: {command: x, command: y}\n  a: {command: z}\nproject: x\nproject: y\n",
    ["3:19 yaml/duplicate-key", "4:3 yaml/duplicate-key", "6:1 yaml/duplicate-key"],
  ],
  [
    "tags",
    "jobs:\n  a: {command: !!js/function x}\n  b: {command: !include x}\n  c: {command: !!str x}\n",
    ["2:16 yaml/tag", "3:16 yaml/tag", "4:16 yaml/tag"],
  ],
  [
    "merge key",
    "jobs:\n  a: &a {command: x}\n  b:\n    <<: *a\n    command: y\n",
    ["4:5 yaml/merge-key"],
  ],
  [
    "alias of itself",
    "jobs:\n  a: {plugin: p, parameters: &a {x: *a}}\n",
    ["2:37 yaml/alias-bomb"],
  ],
  ["alias bomb", aliasBomb(), ["1:1 config/unknown-key", "6:25 yaml/alias-bomb"]],
  [
    "alias bomb of text",
    `x: &a ["${"x".repeat(999)}"]\ny: &b [${"*a,".repeat(999)}]\nz: [${"*b,".repeat(5)}]\njobs: {}\n`,
    [
      "1:1 config/unknown-key",
      "2:1 config/unknown-key",
      "3:1 config/unknown-key",
      "3:14 yaml/alias-bomb",
    ],
  ],
  [
    "keys of prototypes",
    "jobs:\n  __proto__: {command: x}\n  a: {plugin: p, parameters: {constructor: 1, __proto__: {x: 1}, prototype: 2}}\n",
    [
      "2:3 yaml/forbidden-key",
      "3:31 yaml/forbidden-key",
      "3:47 yaml/forbidden-key",
      "3:66 yaml/forbidden-key",
    ],
  ],
  [
    "what JSON and PostgreSQL cannot store",
    'jobs:\n  a: {plugin: p, parameters: {a: .inf, b: 12345678901234567890, c: "\\0", d: "\\ud800"}}\n',
    ["2:34 yaml/number", "2:43 yaml/number", "2:68 yaml/character", "2:77 yaml/character"],
  ],
  [
    "nested too deep",
    `jobs:\n  a: {plugin: p, parameters: {x: ${"[".repeat(80)}${"]".repeat(80)}}}\n`,
    ["2:96 yaml/too-deep"],
  ],
  // The root.
  ["empty file", "", ["1:1 config/root"]],
  ["only a comment", "# nothing\n", ["1:1 config/root"]],
  ["a list", "- a\n", ["1:1 config/root"]],
  ["a text", "hello\n", ["1:1 config/root"]],
  ["no jobs", "timezone: UTC\n", ["1:1 config/missing-key"]],
  ["jobs without entries", "jobs:\n", ["1:1 config/type"]],
  ["a list of jobs", "jobs:\n  - a\n", ["1:1 config/type"]],
  ["half a save", "jobs:\n  a:\n    comm", ["3:5 config/type"]],
];

testCorpus(CORPUS);

test("brackets that exhaust the parser are a mistake like any other", () => {
  const [found] = check(`jobs: ${"[".repeat(20_000)}`);
  assert.equal(found?.rule, "yaml/too-deep");
});

test("a tab behind spaces is told from one that stands alone", () => {
  const message = (text: string): string | undefined => check(text)[0]?.message;
  assert.equal(
    message("jobs:\n  a:\n    \tcommand: x\n"),
    "a tab stands behind the spaces of this line, and YAML is indented by spaces only",
  );
  assert.equal(message("jobs:\n\ta: {}\n"), "a tab cannot indent YAML");
});

test("Windows line ends do not move places", () => {
  const text = "jobs:\n  a:\n    command: [x]\n    timout: 5m\n";
  assert.deepEqual(summary(check(text.replaceAll("\n", "\r\n"))), ["4:5 config/unknown-key"]);
});

function aliasBomb(): string {
  const list = (name: string): string => `[${Array.from({ length: 9 }, () => `*${name}`).join()}]`;
  const lines = ["x:", "  a: &a [1]"];
  for (const [index, name] of ["b", "c", "d", "e", "f"].entries()) {
    lines.push(`  ${name}: &${name} ${list("abcde".charAt(index))}`);
  }
  return `${lines.join("\n")}\njobs: {}\n`;
}
