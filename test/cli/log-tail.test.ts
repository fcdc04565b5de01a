import assert from "node:assert/strict";
import { test } from "node:test";
import { LogTail } from "../../src/cli/log-tail.ts";
import type { Database } from "../../src/store/connection.ts";
import { testDatabase } from "../helpers/database.ts";

const EVERYTHING = { level: null, since: null, jobName: null, executionId: null };

async function write(database: Database, id: number, module = "stdout"): Promise<void> {
  await database.query(
    `insert into logs (id, level, module, message) overriding system value
     values ($1::bigint, 'INFO', $2, $1::bigint::text)`,
    [id, module],
  );
}

async function next(tail: LogTail): Promise<string[]> {
  return (await tail.next()).entries.map(({ message }) => message);
}

test("a follower shows each line once, also one that appears after a newer one", async (t) => {
  const { database } = await testDatabase(t);
  for (const id of [1, 2, 3]) await write(database, id);
  const tail = new LogTail(database, EVERYTHING);
  assert.deepEqual(
    (await tail.first(2)).map(({ message }) => message),
    ["2", "3"],
  );
  assert.deepEqual(await next(tail), [], "the last line is not shown again");
  await write(database, 5);
  assert.deepEqual(await next(tail), ["5"]);
  await write(database, 4);
  await write(database, 6);
  assert.deepEqual(await next(tail), ["4", "6"], "ids are given before lines are committed");
  assert.deepEqual(await next(tail), []);
});

test("a follower of an empty log starts with its first line, and keeps to its filter", async (t) => {
  const { database } = await testDatabase(t);
  const tail = new LogTail(database, { ...EVERYTHING, module: "ERR" });
  assert.deepEqual(await tail.first(20), []);
  await write(database, 1, "stdout");
  await write(database, 2, "stderr");
  assert.deepEqual(await next(tail), ["2"]);
  await database.query(
    `insert into logs (id, level, module, message) overriding system value
     select n, 'INFO', 'stderr', n::text from generate_series(10, 1299) n`,
  );
  const { entries, more } = await tail.next();
  assert.equal(more, true);
  const rest = await tail.next();
  assert.equal(entries.length + rest.entries.length, 1_290);
  assert.equal(rest.more, false);
});
