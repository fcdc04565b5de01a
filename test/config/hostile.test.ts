import { test } from "node:test";
import assert from "node:assert/strict";
import { check } from "./checking.ts";

/**
 * Texts of half a megabyte that would take minutes if anything in the passes were quadratic. The
 * scheduler reads its file in its own process: a config must not be able to stop it.
 */
const HOSTILE: [name: string, text: string][] = [
  [
    "a long list of unique tags",
    `jobs:\n  a: {command: x, tags: [${numbered(60_000, "t").join()}]}\n`,
  ],
  [
    "a long list of one path",
    `jobs:\n  a: {plugin: p, permissions: {read: [${"x,".repeat(60_000)}y]}}\n`,
  ],
  ["unquoted stars on one line", `jobs:\n  a: ${"* ".repeat(5_000)}\n`],
  ["quotes on one line", `jobs:\n  a: ${"\"'".repeat(10_000)}\n`],
  ["blanks before a comment", `jobs:\n  a: *x${" ".repeat(200_000)}# y${" ".repeat(200_000)}\n`],
  ["a line that never ends", `jobs: {a: {command: ${"x".repeat(500_000)}, timout: 5m}}`],
  [
    "keys that nobody knows",
    `jobs:\n  a:\n${numbered(8_000, "    key")
      .map((key) => `${key}: 1\n`)
      .join("")}`,
  ],
  ["one key again and again", `jobs:\n  a:\n${"    command: x\n".repeat(20_000)}`],
  [
    "jobs without code",
    `jobs:\n${numbered(3_000, "  job-")
      .map((name) => `${name}: {}\n`)
      .join("")}`,
  ],
  [
    "aliases on aliases",
    `x: &a [1]\n${numbered(5_000, "y")
      .map((key) => `${key}: [*a, *a]\n`)
      .join("")}jobs: {}\n`,
  ],
  [
    "a long text that is repeated",
    `x: &a ${"x".repeat(400_000)}\njobs:\n${numbered(200, "  job-")
      .map((name) => `${name}: {command: x, description: *a}\n`)
      .join("")}`,
  ],
  [
    "long keys that are repeated",
    `x: &a {${"x".repeat(400_000)}: 1}\njobs:\n${numbered(200, "  job-")
      .map((name) => `${name}: {plugin: p, parameters: *a}\n`)
      .join("")}`,
  ],
  ["brackets", `jobs: ${"[".repeat(100_000)}`],
  ["braces", `jobs: ${"{a: ".repeat(20_000)}`],
  ["dashes", `jobs:\n  a: ${"- ".repeat(20_000)}\n`],
  [
    "a shell line that never ends",
    `jobs:\n  a: {command: ${JSON.stringify("a 'b' | $c ".repeat(40_000))}}`,
  ],
  [
    "line breaks in a command",
    `jobs:\n  a: {command: ${JSON.stringify(`a${"\n".repeat(300_000)}b${" \n".repeat(100_000)}`)}}`,
  ],
  ["options in a command", `jobs:\n  a: {command: ${JSON.stringify("--token a ".repeat(40_000))}}`],
  [
    "jobs on one minute",
    `jobs:\n${numbered(5_000, "  job-")
      .map(
        (name, index) => `${name}: {command: [x], schedule: "*/${(index % 50) + 2} 1-22 * * *"}\n`,
      )
      .join("")}`,
  ],
  [
    "jobs on one minute of days that all differ",
    `jobs:\n${numbered(3_000, "  job-")
      .map((name, index) => `${name}: {command: [x], schedule: "*/2 * ${daysOf(index)} * *"}\n`)
      .join("")}`,
  ],
  [
    "jobs on one minute of days that only a search finds",
    `jobs:\n${numbered(3_000, "  job-")
      .map((name, index) => `${name}: {command: [x], schedule: "0 * L,${daysOf(index)} * *"}\n`)
      .join("")}`,
  ],
  [
    "a digit for each field",
    `jobs:\n  a: {command: x, timeout: ${"1".repeat(200_000)}m, schedule: "${"1,".repeat(200)}1 * * * *"}\n`,
  ],
];

for (const [name, text] of HOSTILE) {
  test(`a hostile file is read in bounded time: ${name}`, () => {
    const start = performance.now();
    check(text);
    const seconds = (performance.now() - start) / 1_000;
    assert.ok(seconds < 10, `${seconds.toFixed(1)} s`);
  });
}

/** Another list of days of the month for each number. */
function daysOf(index: number): string {
  const days = Array.from({ length: 12 }, (_, bit) => ((index >> bit) & 1) * (bit + 1));
  return [...days.filter((day) => day > 0), "13-28"].join();
}

function numbered(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
