import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { anomaliesText, checkHistory } from "../../tools/history/checker.ts";
import { readCheckedJobs, readHistoryRows } from "../../tools/history/read.ts";
import type { Database } from "../../src/store/connection.ts";
import { testDatabase, type Cleanup, type DatabaseUser } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { sleepers, startRacer, Witness } from "../helpers/race.ts";
import { TEST_SCHEMA } from "../helpers/test-server.ts";
import { waitUntil } from "../helpers/wait-until.ts";

/** What a server says of a statement that it undid: a deadlock, a conflict, a cancel, a full disk. */
const REFUSALS = ["40P01", "40001", "57014", "53100"];

const JOBS = ["a", "b", "c", "d", "e", "f"].map((name) =>
  commandJob(name, {
    schedule: { type: "interval", everyMs: 200 },
    run: { type: "builtin", builtin: "log-cleanup" },
    parameters: { ms: 20, fails: 0, counts: name },
    overlap: "queue_all",
  }),
);

test("statements that the server undoes are done again: nothing is lost, nothing is twice", async (t) => {
  const { database, connect } = await testDatabase(t);
  await applyJobs(database, JOBS, { configHash: "refusals" });
  await refuse(database, 0.15);
  const racers = await Promise.all(
    [1, 2].map(async () => start(t, { database: await connect(6), concurrency: 12 })),
  );
  await waitUntil(
    async () => (await refused(database)) >= 40 && (await successes(database)) >= 20,
    "for refusals, and runs between them",
  );
  await refuse(database, null);
  await settle(racers, database);
  t.diagnostic(`${await refused(database)} refusals`);
  await assertInOrder(database, 20);
  const states = await database.query("select distinct status from executions");
  assert.deepEqual(states, [{ status: "success" }], "what had run is recorded as it ended");
});

test("nodes share the few connections that the server leaves them", async (t) => {
  const { database, connect } = await testDatabase(t);
  await applyJobs(database, JOBS, { configHash: "connections" });
  const user = await schedulerUser(database);
  const racers = await Promise.all(
    [1, 2].map(async () => start(t, { database: await connect(9, user), concurrency: 12 })),
  );
  await database.query(`alter role ${user.username} connection limit 5`);
  await database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1",
    [user.username],
  );
  const before = await successes(database);
  await waitUntil(
    async () => (await successes(database)) >= before + 60,
    "for runs on few connections",
  );
  await settle(racers, database);
  await assertInOrder(database, 60);
});

/**
 * Makes a user with the rights of a scheduler, whom the server can limit, as it cannot a superuser. It
 * goes with the server.
 */
async function schedulerUser(database: Database): Promise<DatabaseUser> {
  const username = `limited_${randomUUID().replaceAll("-", "")}`;
  await database.query(`create role ${username} login password '${username}'`);
  for (const what of ["schema", "all tables in schema", "all sequences in schema"]) {
    await database.query(`grant all on ${what} ${TEST_SCHEMA} to ${username}`);
  }
  return { username, password: username };
}

type Racer = Awaited<ReturnType<typeof startRacer>>;

function start(t: Cleanup, options: { database: Database; concurrency: number }): Promise<Racer> {
  return startRacer(t, { ...options, builtins: sleepers(new Witness()) });
}

/** Has the server undo this share of the statements that write a row; null: none any more. */
async function refuse(database: Database, share: number | null): Promise<void> {
  await database.transaction(async (tx) => {
    for (const table of ["executions", "job_clock", "logs", "job_totals"]) {
      await tx.query(`drop trigger if exists refuses on ${table}`);
    }
    if (share === null) return;
    await tx.script(`
      create sequence if not exists refusals;
      create or replace function refuse() returns trigger language plpgsql as $$
      begin
        if random() < ${share} then
          raise exception using
            errcode = (array['${REFUSALS.join("','")}'])[1 + nextval('refusals') % ${REFUSALS.length}],
            message = 'undone by a test';
        end if;
        return null;
      end $$`);
    for (const table of ["executions", "job_clock", "logs", "job_totals"]) {
      await tx.query(
        `create trigger refuses after insert or update on ${table}
           for each statement execute function refuse()`,
      );
    }
  });
}

async function refused(database: Database): Promise<number> {
  const [row] = await database.query<{ n: number }>("select last_value as n from refusals");
  return row?.n ?? 0;
}

async function settle(racers: readonly Racer[], database: Database): Promise<void> {
  await Promise.all(racers.map(({ stopClock }) => stopClock()));
  await waitUntil(async () => {
    const open = await database.query(
      "select from executions where status in ('pending', 'running') limit 1",
    );
    return open.length === 0;
  }, "for the last run");
}

async function assertInOrder(database: Database, least: number): Promise<void> {
  const rows = await readHistoryRows(database);
  const anomalies = checkHistory(rows, { jobs: await readCheckedJobs(database) });
  assert.equal(anomaliesText(anomalies), "");
  assert.ok((await successes(database)) >= least);
}

async function successes(database: Database): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    "select count(*) as n from executions where status = 'success'",
    [],
    { idempotent: true },
  );
  return row?.n ?? 0;
}
