import assert from "node:assert/strict";
import { test } from "node:test";
import { column, observeAndRun, runBuiltin } from "../helpers/builtins.ts";
import { testDatabase } from "../helpers/database.ts";

const OPEN = "select session_id from user_sessions where ended_at is null order by 1";

test("sessions close on one side of the threshold, stay open on the other", async (t) => {
  const { database } = await testDatabase(t);
  await database.query(
    `insert into user_sessions (session_id, last_activity_at, ended_at)
     select name, clock_timestamp() - minutes * interval '1 minute',
            case when name like 'ended%' then clock_timestamp() end
       from (values ('fresh', 0), ('59m', 59), ('61m', 61), ('ended', 500), ('25h', 1500))
              as s(name, minutes)`,
  );
  await t.test("after retention_hours", async () => {
    const { observed, done, again } = await observeAndRun("cleanup-sessions", database);
    assert.deepEqual([observed.itemsFound, observed.itemsProcessed], [1, 0]);
    assert.equal(
      observed.message,
      "Would clean up 1 inactive session(s); nothing was written (enforce: false)",
    );
    assert.equal(done.message, "Cleaned up 1 inactive session(s)");
    assert.deepEqual([done.itemsFound, done.itemsProcessed, done.itemsFailed], [1, 1, 0]);
    assert.equal(again.itemsProcessed, 0);
    assert.deepEqual(await column(database, OPEN), ["59m", "61m", "fresh"]);
  });
  await t.test("under the other name after inactive_hours", async () => {
    const { observed, done, again } = await observeAndRun("cleanup_inactive_sessions", database);
    assert.deepEqual([observed.itemsFound, done.itemsProcessed, again.itemsFound], [1, 1, 0]);
    assert.deepEqual(await column(database, OPEN), ["59m", "fresh"]);
  });
  await t.test("a session that somebody has in hand is left to the next run", async () => {
    await database.query(
      "update user_sessions set ended_at = null, last_activity_at = now() - interval '2 hours'",
    );
    await database.transaction(async (tx) => {
      await tx.query("select from user_sessions where session_id = 'fresh' for update");
      const during = await runBuiltin("cleanup_inactive_sessions", database);
      assert.deepEqual([during.itemsFound, during.itemsProcessed], [5, 4]);
    });
    assert.equal((await runBuiltin("cleanup_inactive_sessions", database)).itemsProcessed, 1);
  });
  await t.test("a parameter that is wrong fails the run, and nothing is closed", async () => {
    await database.query("update user_sessions set ended_at = null");
    for (const parameters of [{ inactive_hours: 0 }, { inactive_hours: "1" }, { hours: 1 }]) {
      await assert.rejects(
        runBuiltin("cleanup_inactive_sessions", database, { parameters }),
        /invalid job parameter (inactive_hours=|hours=1: it is unknown; .* has: inactive_hours)/,
      );
    }
    assert.equal((await column(database, OPEN)).length, 5);
  });
});

test("more than a batch is closed in one run, and a run without time says what it left", async (t) => {
  const { database } = await testDatabase(t);
  await database.query(
    `insert into user_sessions (session_id, last_activity_at)
     select 's' || n, clock_timestamp() - interval '2 days' from generate_series(1, 2500) n`,
  );
  const brief = await runBuiltin("cleanup-sessions", database, { limitMs: 1 });
  assert.ok(brief.itemsProcessed < 2_500);
  assert.match(
    brief.message,
    /^Cleaned up \d+ inactive session\(s\); unfinished: inactive sessions, as 1ms are over: the next run goes on$/,
  );
  const stopped = await runBuiltin("cleanup-sessions", database, { signal: AbortSignal.abort() });
  assert.match(stopped.message, /unfinished: inactive sessions, as it was stopped/);
  const rest = await runBuiltin("cleanup-sessions", database);
  assert.equal(brief.itemsProcessed + rest.itemsProcessed, 2_500);
  assert.equal(rest.message, `Cleaned up ${rest.itemsProcessed} inactive session(s)`);
});
