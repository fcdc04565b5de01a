import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "node:test";
import { SchedulerError } from "../../src/model/errors.ts";
import type { Database } from "../../src/store/connection.ts";
import { testDatabase } from "../helpers/database.ts";
import { waitUntil } from "../helpers/wait-until.ts";

test("after 25 rounds of cut connections under load nothing hangs or crashes", async (t) => {
  const { database, connect: connectAgain } = await testDatabase(t);
  const other = await connectAgain(1);
  await database.query("create table counted (worker integer, pass integer)");
  const load = startLoad(database);
  for (let round = 0; round < 25; round += 1) {
    await load.untilAcknowledged(2 * round + 2);
    await terminateOthers(other);
  }
  const results = await load.stop();
  t.diagnostic(`${results.acknowledged.length} transactions, ${results.cut} cut off`);
  assert.ok(results.cut > 0, "the cuts met transactions under way");
  const stored = await database.query<{ key: string }>(
    "select worker || ':' || pass as key from counted",
  );
  const keys = new Set(stored.map((row) => row.key));
  assert.deepEqual(
    results.acknowledged.filter((key) => !keys.has(key)),
    [],
  );
  const after = await Promise.all(
    Array.from({ length: 12 }, (_, n) => database.query("select $1::int as n", [n])),
  );
  assert.deepEqual(
    after.flat().map((row) => row["n"]),
    [...Array(12).keys()],
  );
});

test("only an idempotent statement is repeated after its connection was cut", async (t) => {
  const { database, connect: connectAgain } = await testDatabase(t);
  const other = await connectAgain(1);
  const sleep = "select 'done' as word, pg_sleep(0.3)";
  const repeated = database.query<{ word: string }>(sleep, [], { idempotent: true });
  const notRepeated = failure(database.query(sleep));
  await untilRunning(other, 2);
  await terminateOthers(other);
  assert.equal((await notRepeated).code, "database_unavailable");
  assert.equal((await repeated)[0]?.word, "done");
});

test("a deadline that is past, as after a stop of this process, is no negative timer", async (t) => {
  const { database } = await testDatabase(t);
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listen);
  t.after(() => process.off("warning", listen));
  const late = await failure(database.query("select pg_sleep(1)", [], { deadlineMs: -2_000 }));
  assert.equal(late.code, "database_unavailable");
  await delay(0);
  assert.deepEqual(warnings, []);
});

test("a stopped server process costs one deadline, not a hang", async (t) => {
  const { database } = await testDatabase(t);
  const [row] = await database.query<{ pid: number }>("select pg_backend_pid() as pid");
  const pid = row?.pid ?? 0;
  process.kill(pid, "SIGSTOP");
  try {
    const started = performance.now();
    const late = await failure(database.query("select 1", [], { deadlineMs: 300 }));
    assert.equal(late.code, "database_unavailable");
    assert.match(late.message, /did not answer within 300 ms/);
    assert.ok(performance.now() - started < 2_000);
    assert.equal((await database.query("select 1")).length, 1);
  } finally {
    // No database of the server can be created or dropped while one of its processes is stopped.
    process.kill(pid, "SIGCONT");
  }
});

test("a stopped server process cannot keep what was aborted", async (t) => {
  const { database } = await testDatabase(t);
  const [row] = await database.query<{ pid: number }>("select pg_backend_pid() as pid");
  const pid = row?.pid ?? 0;
  process.kill(pid, "SIGSTOP");
  try {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const over = new AbortController();
    const options = { signal: over.signal, deadlineMs: null };
    const aborted = failure(database.query("select 1", [], options));
    // The statement is sent in the turn after.
    await delay(0);
    over.abort();
    t.mock.timers.tick(5_000);
    t.mock.timers.reset();
    assert.equal((await aborted).code, "database_unavailable");
    assert.equal((await database.query("select 1")).length, 1);
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

test("a transaction whose work hangs ends at its deadline", async (t) => {
  const { database } = await testDatabase(t);
  const stuck = Promise.withResolvers<void>();
  const late = await failure(database.transaction(() => stuck.promise, { deadlineMs: 100 }));
  assert.equal(late.code, "database_unavailable");
  stuck.resolve();
});

test("who waits for a connection waits until the deadline", async (t) => {
  const { connect: connectAgain } = await testDatabase(t);
  const database = await connectAgain(1);
  const holding = Promise.withResolvers<void>();
  const holder = database.transaction(() => holding.promise);
  const late = await failure(database.query("select 1", [], { deadlineMs: 50 }));
  assert.match(late.message, /all 1 database connections were in use/);
  const waiting = database.query("select 1");
  holding.resolve();
  await holder;
  assert.equal((await waiting).length, 1);
});

test("an idempotent transaction is run again after a deadlock", async (t) => {
  const { database } = await testDatabase(t);
  await database.query("create table pair (id integer primary key, hits integer default 0)");
  await database.query("insert into pair select generate_series(1, 2)");
  const bothHoldOne = barrier(2);
  const hit = async (first: number, second: number): Promise<void> => {
    let attempt = 0;
    await database.transaction(
      async (tx) => {
        attempt += 1;
        await tx.query("update pair set hits = hits + 1 where id = $1", [first]);
        if (attempt === 1) await bothHoldOne();
        await tx.query("update pair set hits = hits + 1 where id = $1", [second]);
      },
      { idempotent: true },
    );
  };
  await Promise.all([hit(1, 2), hit(2, 1)]);
  assert.deepEqual(await database.query("select hits from pair"), [{ hits: 2 }, { hits: 2 }]);
});

test("a listener is woken at once, by notifications, and after a reconnect", async (t) => {
  const { database, connect: connectAgain } = await testDatabase(t);
  const other = await connectAgain(1);
  const wakes = new EventTarget();
  let count = 0;
  const woken = (): Promise<unknown> =>
    once(wakes, "wake", { signal: AbortSignal.timeout(10_000) });
  const first = woken();
  const subscription = await database.listen('odd "channel"', () => {
    count += 1;
    wakes.dispatchEvent(new Event("wake"));
  });
  await first;
  const notified = woken();
  await other.query("select pg_notify($1, '')", ['odd "channel"']);
  await notified;
  const reconnected = woken();
  await terminateOthers(other);
  await reconnected;
  const notifiedAgain = woken();
  await other.query("select pg_notify($1, '')", ['odd "channel"']);
  await notifiedAgain;
  await subscription[Symbol.asyncDispose]();
  const before = count;
  await other.query("select pg_notify($1, '')", ['odd "channel"']);
  await database.query("select 1");
  assert.equal(count, before);
});

test("closing rejects what is under way and what comes after", async (t) => {
  const { connect: connectAgain } = await testDatabase(t);
  const database = await connectAgain(1);
  const running = failure(database.query("select pg_sleep(60)"));
  const waiting = failure(database.query("select 1", [], { idempotent: true }));
  await database[Symbol.asyncDispose]();
  assert.equal((await running).code, "database_unavailable");
  assert.equal((await waiting).code, "database_unavailable");
  assert.equal((await failure(database.query("select 1"))).code, "database_unavailable");
});

async function failure(work: Promise<unknown>): Promise<SchedulerError> {
  const error: unknown = await work.then(
    () => assert.fail("it should have been rejected"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SchedulerError, String(error));
  return error;
}

/** Six workers with transactions of two statements, which remember what was acknowledged. */
/** Transactions, six at a time. */
function startLoad(database: Database): {
  /** Returns when so many have succeeded: work goes on between the cuts. */
  untilAcknowledged(count: number): Promise<void>;
  stop(): Promise<{ acknowledged: string[]; cut: number }>;
} {
  const acknowledged: string[] = [];
  let cut = 0;
  const stopping = new AbortController();
  const work = async (worker: number): Promise<void> => {
    for (let pass = 0; !stopping.signal.aborted; pass += 1) {
      try {
        await database.transaction(async (tx) => {
          await tx.query("insert into counted values ($1, $2)", [worker, pass]);
          await delay(2);
          await tx.query("select count(*) from counted where worker = $1", [worker]);
        });
        acknowledged.push(`${worker}:${pass}`);
      } catch (error) {
        assert.ok(
          error instanceof SchedulerError && error.code === "database_unavailable",
          String(error),
        );
        cut += 1;
      }
    }
  };
  const workers = Array.from({ length: 6 }, (_, worker) => work(worker));
  return {
    async untilAcknowledged(count) {
      await waitUntil(async () => acknowledged.length >= count, `${count} transactions`);
    },
    async stop() {
      stopping.abort();
      await Promise.all(workers);
      return { acknowledged, cut };
    },
  };
}

async function terminateOthers(database: Database): Promise<void> {
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  );
}

/** Returns when so many other connections are running a statement. */
async function untilRunning(database: Database, count: number): Promise<void> {
  const active = `select from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and wait_event = 'PgSleep'`;
  while ((await database.query(active)).length < count) await delay(5);
}

/** A function that returns when it was called `count` times. */
function barrier(count: number): () => Promise<void> {
  const all = Promise.withResolvers<void>();
  let missing = count;
  return () => {
    missing -= 1;
    if (missing === 0) all.resolve();
    return all.promise;
  };
}
