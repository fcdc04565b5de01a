import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogFormat } from "../../src/views/logs-export.ts";
import { logWriting } from "../../src/views/logs-export.ts";
import { renderLogDetails } from "../../src/views/logs.ts";
import type { LogItem } from "../../src/views/logs.ts";
import { renderLogSummary } from "../../src/views/logs-summary.ts";
import { plain } from "../helpers/golden.ts";

const ITEM: LogItem = {
  id: 7,
  trace_id: "t",
  timestamp: "2026-11-21T02:30:01.120Z",
  level: "WARN",
  module: "stderr",
  message: 'a "b", \u001B[2J\u009B31m\r\nsecond',
  metadata: { text: "\u001B]0;title\u0007" },
  job_name: null,
  execution_id: null,
};

function written(format: LogFormat, parts: LogItem[][], terminal = false): string {
  const writing = logWriting(format, { terminal });
  const texts = parts.map((items, index) => writing.part(items, { first: index === 0 }));
  return writing.head + texts.join("") + writing.tail({ empty: parts.length === 0 });
}

const CONTROL = /[\p{Cc}--\n]/v;

test("JSON and lines of JSON are the same entries, and harmless wherever they are shown", () => {
  const parts = [[ITEM, { ...ITEM, id: 8 }], [{ ...ITEM, id: 9 }]];
  const json = written("json", parts);
  assert.deepEqual(JSON.parse(json), parts.flat());
  const lines = written("jsonl", parts);
  assert.deepEqual(
    lines
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line)),
    parts.flat(),
  );
  assert.ok(!CONTROL.test(json) && !CONTROL.test(lines));
  assert.equal(written("json", []), "[]\n");
  assert.equal(written("jsonl", []), "");
});

test("CSV is as it was written in a file, and harmless on a terminal", () => {
  const head = "id,trace_id,timestamp,level,module,message,job_name,execution_id,metadata\n";
  assert.equal(
    written("csv", [[ITEM]]),
    `${head}7,t,2026-11-21T02:30:01.120Z,WARN,stderr,"a ""b"", \u001B[2J\u009B31m\r\nsecond",,,"{""text"":""\\u001b]0;title\\u0007""}"\n`,
  );
  const shown = written("csv", [[ITEM]], true);
  assert.ok(!CONTROL.test(shown));
  assert.match(shown, /"a ""b"", \\x1B\[2J\\x9B31m\\x0D\\x0Asecond"/);
  assert.equal(written("csv", []), head);
});

test("one entry, and what there is of all, as fields", () => {
  const zoneOf = (): string => "UTC";
  const details = renderLogDetails(ITEM, { color: plain, zoneOf });
  assert.match(details, /^Message +a "b", \\x1B\[2J\\x9B31m\\x0D\n +second$/m);
  assert.ok(!CONTROL.test(details));
  const summary = renderLogSummary(
    {
      total_logs: 2,
      by_level: { error: 1, warn: 0, info: 1, debug: 0 },
      top_modules: [{ module: "std\u001Bout", count: 2 }],
      top_jobs: [],
      time_range: { earliest: null, latest: null, span_hours: 0 },
      database_info: { logs_table_rows: 9 },
    },
    { color: plain, timezone: "UTC" },
  );
  assert.match(summary, /^Entries +2 \(of 9 in the database\)\nLevels +error 1, /);
  assert.ok(!CONTROL.test(summary));
});
