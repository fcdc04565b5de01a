import assert from "node:assert/strict";
import { test } from "node:test";
import { startLogWriter } from "../../src/daemon/log-writer.ts";
import type { Database } from "../../src/store/connection.ts";
import type { NewLogEntry } from "../../src/store/logs.ts";
import { readLogs } from "../../src/store/logs.ts";
import { testDatabase } from "../helpers/database.ts";

function line(message: string, at: string = new Date().toISOString()): NewLogEntry {
  const names = { jobName: "a", executionId: "e", traceId: "e" };
  return { at, level: "info", module: "job", message, metadata: null, ...names };
}

async function messages(database: Database): Promise<string[]> {
  const filter = { level: null, since: null, jobName: null, executionId: null, contains: null };
  const found = await readLogs(database, { ...filter, afterId: null, limit: 1_000 });
  return found.map((entry) => entry.message);
}

/** A writer, and how many lines it gave up. */
function writer(database: Database) {
  const lost: number[] = [];
  const logs = startLogWriter({ database, onLost: (count) => void lost.push(count) });
  return { logs, lost };
}

test("lines are written in order, and are there after a flush", async (t) => {
  const { database } = await testDatabase(t);
  const { logs } = writer(database);
  const given = Array.from({ length: 250 }, (_, n) => `line ${n}`);
  for (const message of given) logs.write([line(message)]);
  await logs.flush();
  assert.deepEqual(await messages(database), given);
});

test("a flush waits for the lines before it, however much another job writes", async (t) => {
  const { database } = await testDatabase(t);
  const { logs } = writer(database);
  let flushed = false;
  async function chatter(): Promise<void> {
    while (!flushed) {
      logs.write([line("chatter")]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const talking = chatter();
  logs.write([line("the last of a run")]);
  await logs.flush();
  flushed = true;
  assert.ok((await messages(database)).includes("the last of a run"));
  await talking;
  await logs.flush();
});

test("a line that the database refuses loses no other", async (t) => {
  const { database } = await testDatabase(t);
  const { logs, lost } = writer(database);
  logs.write([line("before")]);
  logs.write([line("in the year 0", "0000-01-01T00:00:00.000Z")]);
  logs.write([line("nul \0 and half \ud800 a pair")]);
  logs.write([line("after")]);
  await logs.flush();
  assert.deepEqual(await messages(database), [
    "before",
    "nul \ufffd and half \ufffd a pair",
    "after",
  ]);
  assert.deepEqual(lost, [1]);
});

test("beyond the bound lines are counted, not kept", async (t) => {
  const { database } = await testDatabase(t);
  const { logs, lost } = writer(database);
  logs.write(Array.from({ length: 20_001 }, () => line("many")));
  logs.write([line("one"), line("two")]);
  await logs.flush();
  assert.deepEqual(lost, [2]);
  logs.write([line("again")]);
  await logs.flush();
  const [count] = await database.query<{ n: number }>("select count(*) as n from logs");
  assert.equal(count?.n, 20_002);
});
