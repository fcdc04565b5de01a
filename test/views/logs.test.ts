import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogItem } from "../../src/views/logs.ts";
import { renderLogs } from "../../src/views/logs.ts";
import { assertGolden, plain, tagged } from "../helpers/golden.ts";

function line(message: string, given: Partial<LogItem> = {}): LogItem {
  return {
    id: 1,
    trace_id: null,
    timestamp: "2026-11-21T02:30:01.120Z",
    level: "INFO",
    module: "job",
    message,
    metadata: null,
    job_name: "hello",
    execution_id: null,
    ...given,
  };
}

test("log lines, with what a job wrote made harmless", () => {
  const entries = [
    line("hello, world"),
    line("\u001B[31mred\u001B[0m and\r a forged\nline", { level: "WARN" }),
    line("no such table", { level: "ERROR", metadata: { table: "x", n: 1 } }),
    line("deep", { level: "DEBUG", job_name: "paris" }),
    line("of no job", { job_name: null, module: "scheduler" }),
  ];
  const zoneOf = (name: string | null): string => (name === "paris" ? "Europe/Paris" : "UTC");
  const data = { entries, total: entries.length };
  assertGolden("cli-logs.txt", renderLogs(data, { color: plain, zoneOf }));
  assertGolden("cli-logs-styled.txt", renderLogs(data, { color: tagged, zoneOf }));
  assert.match(renderLogs({ entries: [], total: 0 }, { color: plain, zoneOf }), /^No log entries/);
});
