import assert from "node:assert/strict";
import { test } from "node:test";
import { LOG_LEVELS } from "../../src/model/execution.ts";
import type { Database } from "../../src/store/connection.ts";
import type { PrunedUntil } from "../../src/store/log-retention.ts";
import { countLogs, countPrunable, deleteLogs, pruneLogs } from "../../src/store/log-retention.ts";
import { serverNow } from "../../src/store/queryable.ts";
import { runBuiltin } from "../helpers/builtins.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";

const DAY_MS = 86_400_000;
const DAYS = { debug: 1, info: 7, warn: 30, error: 90 };
const AGE = {
  debugMs: 1 * DAY_MS,
  infoMs: 7 * DAY_MS,
  warnMs: 30 * DAY_MS,
  errorMs: 90 * DAY_MS,
};
const all = { isOver: () => false };

/** Of each level, a line an hour before and one an hour after each of the four ages. */
async function seed(database: Database): Promise<void> {
  await database.query(
    `insert into logs (timestamp, level, module, message)
     select now() - days * interval '1 day' + hours * interval '1 hour', level, 'm',
            level || ' ' || days || ' ' || hours
       from unnest(array['DEBUG', 'INFO', 'WARN', 'ERROR']) level,
            unnest(array[1, 7, 30, 90]) days, unnest(array[-1, 1]) hours`,
  );
}

async function left(database: Database): Promise<string[]> {
  const rows = await database.query<{ message: string }>("select message from logs order by id");
  return rows.map(({ message }) => message);
}

test("each level keeps its own days, and loses no line of another's", async (t) => {
  const { database } = await testDatabase(t);
  await seed(database);
  const wanted = (await left(database)).filter((message) => {
    const [level = "", days, hours] = message.split(" ");
    const kept = Object.entries(DAYS).find(([name]) => name === level.toLowerCase())?.[1] ?? 0;
    return Number(days) < kept || (Number(days) === kept && hours === "1");
  });
  const count = await countPrunable(database, AGE);
  const pruned = await pruneLogs(database, { age: AGE, ...all });
  assert.deepEqual(pruned, { deleted: count, finished: true }, "as many as were counted");
  assert.deepEqual(await left(database), wanted);
  assert.equal(wanted.length, 1 + 3 + 5 + 7);
  assert.equal((await pruneLogs(database, { age: AGE, ...all })).deleted, 0);
});

test("what was looked through is not read again, until somebody starts anew", async (t) => {
  const { database } = await testDatabase(t);
  const until: PrunedUntil = {};
  const prune = async (): Promise<number> =>
    (await pruneLogs(database, { age: AGE, ...all, until })).deleted;
  await prune();
  await seed(database);
  assert.equal(await prune(), 0, "they came too late");
  await database.query("update logs set timestamp = $1 where level = 'DEBUG'", [
    new Date((until.debug?.getTime() ?? 0) + 1),
  ]);
  while ((await countPrunable(database, AGE)) < 15) {
    await database.query("select pg_sleep(0.01)");
  }
  assert.equal(await prune(), 8);
  assert.ok((await pruneLogs(database, { age: AGE, ...all })).deleted > 0);
});

test("a clean-up by hand deletes what it counted, of all levels", async (t) => {
  const { database } = await testDatabase(t);
  await seed(database);
  const before = new Date((await serverNow(database)).getTime() - 30 * DAY_MS);
  const old = { levels: LOG_LEVELS, before };
  const count = await countLogs(database, old);
  assert.equal(count, 12);
  assert.deepEqual(await deleteLogs(database, { ...old, ...all }), { count, finished: true });
  assert.equal(await countLogs(database, old), 0);
});

test("log-cleanup is the pruning of retention by hand, unless it has days of its own", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  await database.query(
    "update config_revisions set settings = jsonb_set(settings, '{retention,logAgeMs}', $1::text::jsonb)",
    [JSON.stringify(AGE)],
  );
  await seed(database);
  const run = (days: number, enforce: boolean) =>
    runBuiltin("log-cleanup", database, { parameters: { retention_days: days }, enforce });
  assert.equal((await run(60, false)).itemsFound, 8);
  assert.equal((await run(30, false)).itemsFound, 16, "by the level of each");
  const { itemsProcessed, message } = await run(30, true);
  assert.deepEqual(
    [itemsProcessed, message],
    [16, "Deleted 16 log entries older than debug 1d, info 7d, warn 30d, error 90d"],
  );
  assert.equal((await run(60, true)).message, "Deleted 1 log entry older than 60 days");
});
