import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { stringify } from "yaml";
import { parseConfig } from "../../src/config/parse.ts";
import { configText } from "../../tools/bench/config-text.ts";
import { noopJobs } from "../../tools/bench/jobs.ts";
import {
  atLeast,
  atMost,
  figure,
  markdownTable,
  renderPart,
  replaceSection,
} from "../../tools/bench/report.ts";
import { median, percentile } from "../../tools/bench/statistics.ts";

test("the median is the middle value, or the mean of the two in the middle", () => {
  assert.equal(median([5, 1, 9]), 5);
  assert.equal(median([4, 1, 9, 2]), 3);
  assert.throws(() => median([]));
});

test("a percentile is a value that was measured", () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  assert.equal(percentile(values, 0.5), 100);
  assert.equal(percentile(values, 0.99), 198);
  assert.equal(percentile(values, 1), 200);
  assert.equal(percentile([7], 0.01), 7);
});

test("figures have three digits that mean something, and thousands apart", () => {
  const shown = [0, 0.5, 7.126, 12.34, 99.96, 250.4, 1_234.5, 21_186].map(figure);
  assert.deepEqual(shown, ["0", "0.5", "7.13", "12.3", "100", "250", "1,235", "21,186"]);
});

test("a limit holds at its own value, and not beyond", () => {
  assert.equal(atMost("lateness", 50, 50, "ms").holds, true);
  assert.equal(atMost("lateness", 50.1, 50, "ms").holds, false);
  assert.deepEqual(atLeast("rate", 1.496, 1.5), {
    what: "rate",
    measured: "1.50 ×",
    limit: "≥ 1.5 ×",
    holds: false,
  });
});

test("tables are as wide as their widest cells", () => {
  const table = markdownTable(
    ["", "p50"],
    [
      ["a → b", "7"],
      ["c", "1,000"],
    ],
  );
  assert.equal(
    table,
    `|       | p50   |
| ----- | ----- |
| a → b | 7     |
| c     | 1,000 |`,
  );
});

test("a part shows its tables, their notes, and what its limits are", () => {
  const text = renderPart({
    tables: [{ title: "Lateness", columns: ["jobs"], rows: [["100"]], note: "Medians." }],
    findings: [atMost("p99", 60, 50, "ms")],
  });
  assert.equal(
    text,
    `**Lateness**

| jobs |
| ---- |
| 100  |

Medians.

| limit | measured | wanted  | holds  |
| ----- | -------- | ------- | ------ |
| p99   | 60 ms    | ≤ 50 ms | **no** |`,
  );
});

test("a section is replaced between its marks, the prose around it stays", () => {
  const document = "# A\n\n<!-- bench a -->\n\nold\n\n<!-- end of a -->\n\nprose\n";
  const replaced = "# A\n\n<!-- bench a -->\n\nnew\n\n<!-- end of a -->\n\nprose\n";
  assert.equal(replaceSection(document, "a", "new"), replaced);
  assert.equal(replaceSection(replaced, "a", "new"), replaced);
  assert.throws(() => replaceSection(document, "b", "new"), /no marks of the section b/);
});

test("the document has a place for each part", () => {
  const document = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");
  for (const part of [
    "machine",
    "throughput",
    "lateness",
    "starts",
    "memory",
    "commands",
    "reload",
  ]) {
    assert.notEqual(replaceSection(document, part, "measured"), document, part);
  }
});

test("the configs that are measured are read without a finding, one job of them can be moved", () => {
  const parsed = parseConfig(configText(120, { moved: 3, minute: 59 }), { file: "config.yaml" });
  assert.deepEqual(parsed.diagnostics, []);
  const { jobs } = parsed.value as { jobs: Record<string, { schedule: string }> };
  assert.equal(Object.keys(jobs).length, 120);
  assert.deepEqual(
    [2, 3, 61].map((index) => jobs[`job-${String(index).padStart(5, "0")}`]?.schedule),
    ["2 0 * * *", "59 0 * * *", "1 1 * * *"],
  );
  assert.equal(configText(0), stringify({ jobs: {} }));
});

test("jobs that do nothing are not due within the hour in which they are measured", () => {
  const fromMs = Date.parse("2026-11-21T10:30:00Z");
  const expressions = noopJobs(5_000, fromMs).map(({ schedule }) =>
    schedule?.type === "cron" ? schedule.expression : "",
  );
  assert.equal(expressions[0], "30 11 * * *");
  assert.equal(new Set(expressions).size, 22 * 60);
  assert.ok(!expressions.some((expression) => expression.endsWith(" 10 * * *")));
});
