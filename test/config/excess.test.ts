import { test } from "node:test";
import assert from "node:assert/strict";
import { findExcess, MAX_NESTING, MAX_TOKENS } from "../../src/config/excess.ts";
import { MAX_SHOWN } from "../../src/config/limit.ts";
import { MAX_JOBS } from "../../src/config/parse.ts";
import { check, summary } from "./checking.ts";

/** Texts of a megabyte and more that once took the memory or the minutes of the program. */
const HOSTILE: [name: string, text: string, finding: string][] = [
  ["lists", `jobs: ${"[".repeat(3_900_000)}`, "yaml/too-deep"],
  ["mappings", `jobs: ${"{a: ".repeat(900_000)}`, "yaml/too-deep"],
  ["dashes", `jobs:\n  a: ${"- ".repeat(1_900_000)}`, "yaml/too-deep"],
  ["questions", `jobs: ${"? ".repeat(1_900_000)}`, "yaml/too-deep"],
  ["colons", `jobs: ${": ".repeat(1_900_000)}`, "yaml/too-deep"],
  ["steps", `jobs:\n${steps(2_500)}`, "yaml/too-deep"],
  ["lists that hide in quotes", `jobs: ${'["]",'.repeat(700_000)}`, "yaml/too-deep"],
  ["empty lists", `jobs: [${"[],".repeat(1_000_000)}]`, "yaml/too-large"],
  ["jobs", `jobs:\n${"  a:\n".repeat(700_000)}`, "yaml/too-large"],
];

for (const [name, text, finding] of HOSTILE) {
  test(`a file with too many ${name} is refused before it is parsed`, () => {
    const before = process.cpuUsage();
    const found = check(text);
    assert.deepEqual(
      found.map(({ rule }) => rule),
      [finding],
    );
    assert.ok(cpuMsSince(before) < 3_000);
  });
}

test("brackets that are a part of texts, and those that were closed, are none to count", () => {
  const many = MAX_NESTING * 2;
  const innocent = [
    `a: |\n${"  [[ {{ - - ? :\n".repeat(many)}b: 1\n`,
    `a: "${"[".repeat(many)}"\nb: '${"{".repeat(many)}'\n`,
    `a: echo ${"[".repeat(many)}\n# ${"[".repeat(many)}\n`,
    `a: ["${"[".repeat(many)}", '${"]".repeat(many)}']\n`,
    `a:\n${"  - [x]\n".repeat(many)}`,
    `a:\n${"  - - {x: [y]}\n    - 1\n".repeat(many)}`,
    "a: b: c\n".repeat(many),
    `a: {${"b: c, ".repeat(many)}}\n`,
    `\uFEFFa: [${"x, ".repeat(many)}]\n`,
  ];
  for (const text of innocent) assert.equal(findExcess(text), null, text.slice(0, 40));
});

test("the place of an excess is where the level begins that is one too many", () => {
  const open = "[".repeat(MAX_NESTING);
  assert.equal(findExcess(open), null);
  // The block of `k` is a level too.
  const before = `# ä\n"x": 'y'\nz: |\n  é\nk: `;
  const start = before.length + MAX_NESTING - 1;
  assert.deepEqual(findExcess(`${before}${open}`)?.span, { start, end: start + 1 });
  const sixty = Array.from({ length: 60 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("");
  assert.equal(findExcess(`${sixty}${" ".repeat(60)}b: ${"[".repeat(MAX_NESTING - 61)}`), null);
});

test("a text in which a token is one too many is refused, and one job by itself is not", () => {
  const entries = Math.ceil(MAX_TOKENS / 3);
  assert.equal(findExcess(`[${"a,".repeat(entries)}]`)?.rule, "yaml/too-large");
  assert.equal(findExcess(`[${"a,".repeat(1_000)}]`), null);
});

test("of one kind of mistake the first are shown, and the others counted", () => {
  const names = Array.from({ length: 2_000 }, (_, index) => `  B ${index}: {}\n`).join("");
  const found = check(`jobs:\n${names}`);
  assert.equal(found.length, MAX_SHOWN + 1);
  assert.deepEqual(summary(found.slice(0, 1)), ["2:3 config/job-name"]);
  assert.match(found.at(-1)?.message ?? "", / make \d+ or more further findings of this kind$/);
});

const REPEATED: [name: string, text: string][] = [
  ["keys that are written twice", `jobs:\n  a:\n${"    command: x\n".repeat(5_000)}`],
  ["jobs that are written twice", `jobs:\n${"  a: {command: [x]}\n".repeat(5_000)}`],
  ["tabs", `jobs:\n${"  \ta: b\n".repeat(5_000)}`],
  ["aliases that nobody knows", `jobs:\n  a: {tags: [${"*a, ".repeat(5_000)}]}\n`],
  ["unknown keys", `jobs:\n  a:\n    command: [x]\n${numbered(5_000, (n) => `    k${n}: 1\n`)}`],
  ["values of a wrong type", `jobs:\n${numbered(5_000, (n) => `  a${n}: 1\n`)}`],
  ["jobs without code", `jobs:\n${numbered(2_000, (n) => `  a${n}: {}\n`)}`],
];

for (const [name, text] of REPEATED) {
  test(`a file full of ${name} gets few findings`, () => {
    const found = check(text);
    assert.ok(found.length > MAX_SHOWN && found.length < MAX_SHOWN * 3, String(found.length));
  });
}

test("the time that bad names take grows with their number, not with its square", () => {
  const before = process.cpuUsage();
  check(`jobs:\n${numbered(20_000, (n) => `  B ${n}: {}\n`)}`);
  assert.ok(cpuMsSince(before) < 3_000);
  assert.ok(MAX_JOBS >= 20_000);
});

function numbered(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join("");
}

function steps(count: number): string {
  return numbered(count, (depth) => `${" ".repeat(depth + 1)}a:\n`);
}

/** What the check itself took: what else the machine does does not count. */
function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
