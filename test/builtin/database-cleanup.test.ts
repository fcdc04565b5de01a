import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../src/store/connection.ts";
import { column, observeAndRun, runBuiltin } from "../helpers/builtins.ts";
import { testDatabase } from "../helpers/database.ts";

const LINES = "select message from logs order by 1";

test("log entries of nobody and old ones go, those of the system and of people stay", async (t) => {
  const { database } = await testDatabase(t);
  await addLogs(database);
  await t.test("where no user is known, no entry is orphaned", async () => {
    const observed = await runBuiltin("database_cleanup", database, { enforce: false });
    assert.match(observed.message, /^Would delete 1 old log entry;/);
  });
  await database.query(
    "insert into users (id, name, email) values ('ann', 'ann', 'ann@example.org')",
  );
  await t.test("observing writes nothing", async () => {
    const all = await column(database, LINES);
    const observed = await runBuiltin("database_cleanup", database, { enforce: false });
    assert.equal(
      observed.message,
      "Would delete 1 log entry of an unknown user, 1 old log entry; nothing was written (enforce: false)",
    );
    assert.equal(observed.itemsProcessed, 0);
    assert.deepEqual(await column(database, LINES), all);
  });
  await t.test("entries of jobs, which no user wrote, are nobody's orphans", async () => {
    const { observed, done, again } = await observeAndRun("database_cleanup", database);
    assert.deepEqual([observed.itemsFound, done.itemsProcessed, again.itemsFound], [2, 2, 0]);
    assert.equal(again.message, "Found nothing to do");
    assert.deepEqual(await column(database, LINES), [
      "ann",
      "job",
      "just now, of bob",
      "system",
      "young",
    ]);
  });
  await t.test("the thresholds are parameters", async () => {
    const parameters = { log_retention_days: 29, system_users: [] };
    const { done } = await observeAndRun("database_cleanup", database, { parameters });
    assert.equal(done.message, "Deleted 1 log entry of an unknown user, 1 old log entry");
    assert.deepEqual(await column(database, LINES), ["ann", "job", "just now, of bob"]);
  });
});

test("what authorized for a time goes when that is over", async (t) => {
  const { database } = await testDatabase(t);
  await addTokens(database);
  await database.query(
    `insert into mcp_tool_executions (mcp_execution_id, tool_name, server_name, status, user_id, context_id)
     values ('x', 'tool', 'server', 'success', 'u', 'a context that is gone')`,
  );
  const only = { parameters: { tables: ["oauth_auth_codes"] } };
  const codes = await runBuiltin("database_cleanup", database, { ...only, enforce: false });
  assert.match(codes.message, /^Would delete 1 expired .* code, 1 used authorization code;/);
  const { observed, done, again } = await observeAndRun("database_cleanup", database);
  assert.equal(
    done.message,
    "Deleted 1 expired authorization code, 1 used authorization code, 1 expired refresh token, " +
      "1 expired state binding, 1 expired revocation, 1 expired replay entry",
  );
  assert.deepEqual([observed.itemsFound, done.itemsProcessed, again.itemsFound], [6, 6, 0]);
  assert.deepEqual(
    await column(
      database,
      `select code from oauth_auth_codes union all select token_id from oauth_refresh_tokens
       union all select state_token_hash from oauth_state_bindings
       union all select jti from oauth_jti_revocations union all select jti from id_jag_replay`,
    ),
    ["valid", "valid", "valid", "valid", "valid"],
  );
  // The record of what tools did outlives the context that they did it in.
  assert.equal((await column(database, "select 1 from mcp_tool_executions")).length, 1);
});

async function addLogs(database: Database): Promise<void> {
  await database.query(
    `insert into logs (level, module, message, user_id, timestamp)
     select 'INFO', 'm', message, user_id, clock_timestamp() - days * interval '1 day'
       from (values ('job', null, 1), ('system', 'system', 1), ('ann', 'ann', 1), ('bob', 'bob', 1),
                    ('just now, of bob', 'bob', 0.04), ('young', 'ann', 29.9), ('old', 'ann', 30.1))
              as l(message, user_id, days)`,
  );
}

async function addTokens(database: Database): Promise<void> {
  const hence = (minutes: number): string => `clock_timestamp() + interval '${minutes} minutes'`;
  for (const [name, expires] of [
    ["valid", hence(1)],
    ["expired", hence(-1)],
  ]) {
    const made = hence(-99);
    await database.query(
      `insert into oauth_auth_codes (code, client_id, user_id, redirect_uri, scope, created_at, expires_at)
       values ('${name}', 'c', 'u', 'r', 's', ${made}, ${expires})`,
    );
    await database.query(
      `insert into oauth_refresh_tokens (token_id, client_id, user_id, scope, expires_at)
       values ('${name}', 'c', 'u', 's', ${expires})`,
    );
    await database.query(
      `insert into oauth_state_bindings (state_token_hash, expires_at) values ('${name}', ${expires})`,
    );
    await database.query(
      `insert into oauth_jti_revocations (jti, user_id, exp) values ('${name}', gen_random_uuid(), ${expires})`,
    );
    await database.query(
      `insert into id_jag_replay (jti, expires_at) values ('${name}', ${expires})`,
    );
  }
  await database.query(
    `insert into oauth_auth_codes (code, client_id, user_id, redirect_uri, scope, expires_at, used_at)
     values ('used', 'c', 'u', 'r', 's', ${hence(9)}, ${hence(-1)})`,
  );
  await database.query(
    "update oauth_auth_codes set used_at = clock_timestamp() - interval '5 minutes' where code = 'expired'",
  );
}
