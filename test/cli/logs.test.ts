import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { appendLogs } from "../../src/store/logs.ts";
import type { Database } from "../../src/store/connection.ts";
import { cli } from "../helpers/cli.ts";
import type { CliResult } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";
import { together } from "../helpers/together.ts";
import { parseOutput } from "./output-schemas.ts";

const TRACE = "01900000-0001-7000-8000-000000000001";
const HOUR_MS = 3_600_000;
const CONFIG = `retention: {logs: {debug: 1d, info: 7d, warn: 30d, error: 90d}}
jobs:
  fails: {command: "printf 'red \\\\033[31m %s\\\\n' \\"$TOKEN\\"; exit 3", env: {TOKEN: {env: SECRET}}}
  log-cleanup: {schedule: "@daily", retention_days: 40}
`;

async function seed(database: Database): Promise<void> {
  const line = (message: string, given: object = {}) => ({
    at: new Date(Date.now() - 5 * HOUR_MS).toISOString(),
    level: "info" as const,
    module: "stdout",
    message,
    metadata: null,
    jobName: "fails",
    executionId: TRACE,
    traceId: TRACE,
    ...given,
  });
  await appendLogs(database, [
    line("100% done, \u001B[2Jand\u009B31m more"),
    line('two\nlines, "quoted"', { level: "warn", module: "stderr" }),
    line("old", { at: new Date(Date.now() - 100 * 24 * HOUR_MS).toISOString() }),
    line("with facts", {
      level: "debug",
      module: "job",
      metadata: { n: 1, text: "\u001B]0;x\u0007" },
    }),
  ]);
}

const LINES = [
  "logs search job%20failed",
  "logs search ( --regex",
  "logs --type job --name fails --limit 2 --json",
  "logs view --level WARN --module ERR --json",
  "logs view --since 1 --until 2h --json",
  "logs view --level loud",
  "logs sarch x",
  `logs show ${TRACE.slice(0, 20)} --json`,
  "logs show 1",
  "logs show nothing",
  "logs export -f csv",
  "logs summary --json",
  "logs cleanup --older-than 30d --keep-last-days 30",
  "logs cleanup --keep-last-days 30 --dry-run -y --json",
  "jobs history --job fails --status failed --json",
  "status --json",
];

test("the commands of the log: what is found, exported, counted and deleted", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  const env = { CRONVERGE_DATABASE_URL: url, SECRET: "hunter2hunter2" };
  const run = (line: string): Promise<CliResult> =>
    cli(
      line.split(" ").map((word) => decodeURIComponent(word)),
      { cwd: project.root, env },
    );
  assert.equal((await run("apply")).code, 0);
  await seed(database);
  assert.equal((await run("jobs run fails")).code, 1);
  const found = new Map<string, CliResult>();
  await together(
    LINES,
    async (line) => void found.set(line, await run(line.replace(" (", " %28"))),
  );
  const of = (line: string): CliResult => {
    const result = found.get(line);
    assert.ok(result, line);
    return result;
  };
  const entries = (schema: string, line: string): Record<string, unknown>[] => {
    const { code, stdout, stderr } = of(line);
    assert.deepEqual([code, stderr], [0, ""], line);
    return parseOutput(schema, stdout).data["entries"] as Record<string, unknown>[];
  };

  assert.match(
    of("logs search job%20failed").stdout,
    /ERROR +fails +Job failed \(failed\): exit code 3/,
  );
  assert.deepEqual(
    [of("logs search ( --regex").code, of("logs search ( --regex").stdout],
    [64, ""],
  );
  assert.match(of("logs search ( --regex").stderr, /'\(' is not a regular expression\nhelp: /);

  const seeds = entries("logs-view", "logs --type job --name fails --limit 2 --json");
  assert.deepEqual(
    seeds.map(({ message }) => message),
    ["red \u001B[31m [redacted]", "Job failed (failed): exit code 3\nred \u001B[31m [redacted]"],
  );
  const traces = new Set(seeds.flatMap(({ trace_id, execution_id }) => [trace_id, execution_id]));
  assert.equal(traces.size, 1, "the scheduler's own line has the trace of the run");
  const [warned, ...none] = entries("logs-view", "logs view --level WARN --module ERR --json");
  assert.deepEqual([warned?.["message"], none], ['two\nlines, "quoted"', []]);
  const between = entries("logs-view", "logs view --since 1 --until 2h --json");
  assert.equal(between.length, 3, "a number alone counts days");
  assert.match(of("logs sarch x").stderr, /search/);
  assert.match(of("logs view --level loud").stderr, /help: it is one of debug, info, warn, error/);

  assert.equal(entries("logs-show", `logs show ${TRACE.slice(0, 20)} --json`).length, 4);
  assert.match(of("logs show 1").stdout, /^Id +1\nTime .*\nLevel +INFO\nModule +stdout\n/);
  assert.equal(of("logs show nothing").code, 1);

  const [head, first] = of("logs export -f csv").stdout.split("\n");
  assert.equal(head, "id,trace_id,timestamp,level,module,message,job_name,execution_id,metadata");
  assert.ok(first?.includes(',"100% done, \u001B[2Jand\u009B31m more",fails,'));
  assert.ok(of("logs export -f csv").stdout.includes(',"two\nlines, ""quoted""",fails,'));

  const { data: summary } = parseOutput("logs-summary", of("logs summary --json").stdout);
  assert.deepEqual(summary["by_level"], { error: 1, warn: 1, info: 3, debug: 1 });
  assert.deepEqual(summary["top_jobs"], [{ job_name: "fails", count: 6 }]);

  for (const line of LINES.filter((text) =>
    /^logs cleanup(?! --keep-last-days 30 --dry)/.test(text),
  )) {
    assert.deepEqual([of(line).code, of(line).stdout], [64, ""], line);
  }
  const failed = parseOutput("jobs-history", of(LINES.at(-2) ?? "").stdout).data;
  assert.equal(failed["total"], 1, "a run by hand is in the history");
  const { data: state } = parseOutput("status", of("status --json").stdout);
  assert.deepEqual(state["log_retention"], {
    debug_days: 40,
    info_days: 40,
    warn_days: 40,
    error_days: 90,
    kept_by: "log-cleanup",
  });

  const preview = parseOutput(
    "logs-cleanup",
    of("logs cleanup --keep-last-days 30 --dry-run -y --json").stdout,
  );
  assert.deepEqual(
    [preview.title, preview.data["deleted_count"]],
    ["Cleanup Preview (Dry Run)", 1],
  );
  const file = join(project.root, "logs.json");
  await writeFile(file, "before");
  const [written, refused] = await together(
    ["logs export -o logs.json --limit 3", "logs export -o missing/logs.json"],
    run,
  );
  assert.equal(written?.stdout, "Exported 3 log entries to logs.json\n");
  assert.equal(JSON.parse(await readFile(file, "utf8")).length, 3);
  assert.equal(refused?.code, 3);
  assert.deepEqual(
    (await readdir(project.root)).filter((name) => name.endsWith(".new")),
    [],
  );
  const cleaned = parseOutput(
    "logs-cleanup",
    (await run("logs cleanup --older-than 30 --json")).stdout,
  );
  assert.deepEqual([cleaned.title, cleaned.data["deleted_count"]], ["Logs Cleaned Up", 1]);
});
