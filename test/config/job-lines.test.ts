import assert from "node:assert/strict";
import { test } from "node:test";
import { declaredNames, findJobLines, glanceAt } from "../../src/config/job-lines.ts";

const TEXT = `timezone: UTC
jobs:
  # Above it.
  report-weekly:
    description: |
      Two lines
      of text
    schedule: "0 8 * * 1"

    parameters:
      limit: 10   # beside it
      list:
        - a
        - b

  # Of the next.
  short: {schedule: {every: 1h}, command: ["true"]}
  empty:
  plugin-only: {}
`;

test("a job's keys stand on their lines, without blank lines and comments after them", () => {
  assert.deepEqual(findJobLines(TEXT, "report_weekly"), {
    name: "report-weekly",
    from: 4,
    to: 14,
    keys: [
      { key: "report-weekly", from: 4, to: 4 },
      { key: "description", from: 5, to: 7 },
      { key: "schedule", from: 8, to: 8 },
      { key: "parameters", from: 10, to: 14 },
    ],
  });
});

test("a job on one line has all its keys there; one without keys has its name", () => {
  const short = findJobLines(TEXT, "short");
  assert.deepEqual(
    short?.keys.map(({ key, from, to }) => [key, from, to]),
    [
      ["short", 17, 17],
      ["schedule", 17, 17],
      ["command", 17, 17],
    ],
  );
  assert.deepEqual(findJobLines(TEXT, "empty")?.keys, [{ key: "empty", from: 18, to: 18 }]);
});

test("a file with mistakes is read as far as it goes; a job that is not there is null", () => {
  assert.equal(findJobLines(TEXT, "other"), null);
  assert.equal(findJobLines("", "a"), null);
  assert.equal(findJobLines("jobs: [1]", "a"), null);
  const broken = `${TEXT}  bad: {schedule: [\n`;
  assert.equal(findJobLines(broken, "short")?.from, 17);
  assert.deepEqual(declaredNames(TEXT), ["report-weekly", "short", "empty", "plugin-only"]);
});

test("a glance tells names, descriptions and plugins, whatever else is wrong", () => {
  const { plugins, jobs } = glanceAt(
    `plugins: ./code\n${TEXT}  bad: {plugin: a/b#c, schedule: [\n`,
  );
  assert.equal(plugins, "./code");
  assert.deepEqual(
    jobs.map(({ name, description, plugin }) => [name, description, plugin]),
    [
      ["report-weekly", "Two lines\nof text\n", null],
      ["short", "", null],
      ["empty", "", null],
      ["plugin-only", "", null],
      ["bad", "", "a/b"],
    ],
  );
  for (const text of ["", "jobs: [1]", "jobs: {}\nplugins: 1\n", "- a\n"]) {
    assert.deepEqual(glanceAt(text), { plugins: null, jobs: [] });
  }
});
