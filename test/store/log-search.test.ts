import assert from "node:assert/strict";
import { test } from "node:test";
import { SchedulerError } from "../../src/model/errors.ts";
import type { LogLevel } from "../../src/model/execution.ts";
import type { Database } from "../../src/store/connection.ts";
import type { LogFilter } from "../../src/store/log-filter.ts";
import { searchLogs } from "../../src/store/log-search.ts";
import { summarizeLogs } from "../../src/store/log-summary.ts";
import {
  appendLogs,
  exportLogs,
  findLog,
  findTraces,
  readLogs,
  readTrace,
} from "../../src/store/logs.ts";
import { testDatabase } from "../helpers/database.ts";

const EVERYTHING: LogFilter = {
  level: null,
  since: null,
  jobName: null,
  executionId: null,
};

const TRACE = "01900000-0001-7000-8000-000000000001";

interface Line {
  message: string;
  level?: LogLevel;
  module?: string;
  job?: string | null;
  trace?: string;
  hour?: number;
}

async function write(database: Database, lines: Line[]): Promise<void> {
  await appendLogs(
    database,
    lines.map(
      ({ message, level = "info", module = "stdout", job = "a-b", trace = TRACE, hour = 0 }) => ({
        at: new Date(Date.UTC(2026, 0, 1, hour)).toISOString(),
        level,
        module,
        message,
        metadata: null,
        jobName: job,
        executionId: trace,
        traceId: trace,
      }),
    ),
  );
}

function search(database: Database, given: Partial<LogFilter> & { limit?: number }) {
  return async (text: string, kind: "literal" | "regex" = "literal"): Promise<string[]> => {
    const { limit = 50, ...filter } = given;
    const found = await searchLogs(database, {
      ...EVERYTHING,
      ...filter,
      text: { kind, text },
      limit,
    });
    return found.map(({ message }) => message);
  };
}

test("a text is found literally, in any case, among the newest of all levels", async (t) => {
  const { database } = await testDatabase(t);
  const lines: Line[] = [
    { message: "100% of a_b\\c" },
    { message: "100x of aXb/c" },
    { message: "Job succeeded" },
    { message: "Job failed (failed): exit code 3", level: "error", module: "scheduler" },
    { message: "Größe ÄNDERT sich" },
    { message: "größe egal", level: "warn" },
    { message: "a job FAILED here", level: "debug", job: null },
    { message: "Job succeeded: job failed before" },
  ];
  await write(database, lines);
  const find = search(database, {});
  const asserted = async (): Promise<void> => {
    assert.deepEqual(await find("0% OF a_b\\"), ["100% of a_b\\c"]);
    assert.deepEqual(await find("%"), ["100% of a_b\\c"]);
    assert.deepEqual(await find("_b"), ["100% of a_b\\c"]);
    assert.deepEqual(await find("job failed"), [
      "Job failed (failed): exit code 3",
      "a job FAILED here",
      "Job succeeded: job failed before",
    ]);
    assert.deepEqual(await find("GRÖSSE"), []);
    assert.deepEqual(await find("GRÖßE"), ["Größe ÄNDERT sich", "größe egal"]);
    assert.deepEqual(await find("succeeded"), [
      "Job succeeded",
      "Job succeeded: job failed before",
    ]);
    assert.deepEqual(await find("exit code [0-9]", "regex"), ["Job failed (failed): exit code 3"]);
    assert.deepEqual(await find("exit code [0-9]"), []);
    assert.deepEqual(await find("^(a )?job failed", "regex"), [
      "Job failed (failed): exit code 3",
      "a job FAILED here",
    ]);
    assert.deepEqual(await search(database, { level: "ERROR" })("job"), [
      "Job failed (failed): exit code 3",
    ]);
    assert.deepEqual(await search(database, { level: "DEBUG" })("job"), ["a job FAILED here"]);
    assert.deepEqual(await search(database, { limit: 2 })("job"), [
      "a job FAILED here",
      "Job succeeded: job failed before",
    ]);
    assert.deepEqual(await search(database, { limit: 1, jobName: "a_b" })("job failed"), [
      "Job succeeded: job failed before",
    ]);
  };
  await asserted();
  const [index] = await database.query(
    "select from pg_indexes where indexname = 'logs_trouble_text'",
  );
  assert.ok(index, "the extension comes with the embedded server");
  await database.query("drop index logs_trouble_text");
  await asserted();
});

test("what the search of warnings and errors asks is what the index answers", async (t) => {
  const { database } = await testDatabase(t);
  await database.query(
    `insert into logs (level, module, message)
     select 'ERROR', 'stderr', 'order ' || n || ' has no address' from generate_series(1, 300) n`,
  );
  await database.query("analyze logs");
  const plan = await database.transaction(async (tx) => {
    // What else would do for a small table is not there.
    await tx.script("set local enable_seqscan = off; set local enable_indexscan = off");
    await tx.script("drop index logs_trouble");
    const rows = await tx.query<{ "QUERY PLAN": string }>(
      `explain select id from logs where level in ('WARN', 'ERROR') and message ilike '%disk quota%'
        order by id desc limit 50`,
    );
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  });
  assert.match(plan, /logs_trouble_text/);
});

test("an expression that is none, or that takes too long, is refused in words", async (t) => {
  const { database } = await testDatabase(t);
  await write(database, [{ message: "a".repeat(20) }]);
  await assert.rejects(search(database, {})("(", "regex"), (error) => {
    assert.ok(error instanceof SchedulerError);
    assert.deepEqual([error.code, error.message], ["usage", "'(' is not a regular expression"]);
    return true;
  });
  const text = { kind: "regex", text: "a+" } as const;
  // However quick the server is: it waits for the table.
  await database.transaction(async (tx) => {
    await tx.script("lock table logs in access exclusive mode");
    const slow = searchLogs(database, { ...EVERYTHING, text, limit: 5 }, { timeoutMs: 50 });
    await assert.rejects(slow, /the regular expression took longer than 0\.05 s/);
  });
  assert.equal((await search(database, { limit: 2 })("aa")).length, 1, "the connection goes on");
});

test("lines are chosen by module, time, job and execution, before the limit", async (t) => {
  const { database } = await testDatabase(t);
  const other = "01900000-0002-7000-8000-000000000002";
  await write(database, [
    { message: "one", module: "stdout", hour: 1 },
    { message: "two", module: "stderr", level: "warn", hour: 2 },
    { message: "three", module: "scheduler", hour: 3, trace: other, job: "c" },
    { message: "four", module: "scheduler", hour: 4, trace: other, job: "c" },
  ]);
  const read = async (given: Partial<LogFilter>, limit = 9): Promise<string[]> => {
    const query = { ...EVERYTHING, ...given, contains: null, afterId: null, limit };
    return (await readLogs(database, query)).map(({ message }) => message);
  };
  const hour = (of: number): Date => new Date(Date.UTC(2026, 0, 1, of));
  assert.deepEqual(
    await read({ module: "STD" }),
    ["one", "two"],
    "a part of the name, in any case",
  );
  assert.deepEqual(await read({ module: "%" }), []);
  assert.deepEqual(await read({ module: "std" }, 1), ["two"], "before the limit");
  assert.deepEqual(await read({ since: hour(2), until: hour(4) }), ["two", "three"]);
  assert.deepEqual(await read({ executionId: other }), ["three", "four"]);
  assert.deepEqual(await read({ level: "WARN", jobName: "a_b" }), ["two"]);
  const found: string[][] = [];
  for await (const page of exportLogs(database, EVERYTHING, { limit: 3, pageSize: 2 })) {
    found.push(page.map(({ message }) => message));
  }
  assert.deepEqual(found, [["two", "three"], ["four"]], "the newest three, the oldest first");
  const { total, byLevel, byModule, byJob, rows, ...range } = await summarizeLogs(database, {
    ...EVERYTHING,
    since: hour(2),
  });
  assert.deepEqual([total, rows, byLevel], [3, 4, { debug: 0, info: 2, warn: 1, error: 0 }]);
  assert.deepEqual(byModule[0], { name: "scheduler", count: 2 });
  assert.deepEqual(
    byJob.map(({ name }) => name),
    ["c", "a-b"],
  );
  assert.deepEqual(range, { earliest: hour(2), latest: hour(4) });
  assert.equal((await summarizeLogs(database, { ...EVERYTHING, jobName: "x" })).total, 0);
});

test("a line is found by its id, all of a trace by its own, or by its start", async (t) => {
  const { database } = await testDatabase(t);
  await write(database, [{ message: "one" }, { message: "two" }]);
  await database.query(
    "insert into logs (level, module, message, trace_id) values ('INFO', 'x', 'free', 'of nothing')",
  );
  const [first] = await readTrace(database, TRACE);
  assert.equal((await findLog(database, first?.id ?? 0))?.message, "one");
  assert.equal(await findLog(database, 1e12), null);
  assert.equal((await readTrace(database, TRACE)).length, 2);
  assert.equal((await readTrace(database, "of nothing"))[0]?.message, "free");
  assert.deepEqual(await findTraces(database, TRACE.slice(0, 13)), [TRACE]);
  assert.deepEqual(await findTraces(database, "%"), []);
});
