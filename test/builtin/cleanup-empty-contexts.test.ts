import assert from "node:assert/strict";
import { test } from "node:test";
import { column, observeAndRun, runBuiltin } from "../helpers/builtins.ts";
import { testDatabase } from "../helpers/database.ts";

const LEFT = "select context_id from user_contexts order by 1";

test("a context goes if it is old and has nothing that anybody would miss", async (t) => {
  const { database } = await testDatabase(t);
  await database.query(
    `insert into user_contexts (context_id, user_id, name, kind, session_id, created_at)
     select name, 'u', name, kind, session, clock_timestamp() - hours * interval '1 hour'
       from (values ('empty', 'user', null, 24.1), ('young', 'user', null, 23.9),
                    ('message', 'user', null, 99), ('tool', 'user', null, 99),
                    ('decision', 'user', null, 99), ('shell', 'cli_session', 's', 99),
                    ('shell-over', 'cli_session', null, 99), ('with-session', 'user', 's', 99))
              as c(name, kind, session, hours)`,
  );
  await database.query(
    `insert into task_messages (task_id, message_id, role, context_id) values ('t', 'm', 'user', 'message')`,
  );
  await database.query(
    `insert into mcp_tool_executions (mcp_execution_id, tool_name, server_name, status, user_id, context_id)
     values ('x', 'tool', 'server', 'success', 'u', 'tool'), ('y', 'tool', 'server', 'success', 'u', 'gone')`,
  );
  await database.query(
    "insert into governance_decisions (id, context_id, decision) values ('d', 'decision', 'deny')",
  );
  await t.test("observing writes nothing, and counts what a run deletes", async () => {
    const before = await column(database, LEFT);
    const observed = await runBuiltin("cleanup_empty_contexts", database, { enforce: false });
    assert.equal(
      observed.message,
      "Would delete 3 empty contexts; nothing was written (enforce: false)",
    );
    assert.deepEqual([observed.itemsFound, observed.itemsProcessed], [3, 0]);
    assert.deepEqual(await column(database, LEFT), before);
  });
  await t.test("what has audit data, or belongs to a live session, stays", async () => {
    const { done, again } = await observeAndRun("cleanup_empty_contexts", database);
    assert.equal(done.message, "Deleted 3 empty contexts");
    assert.equal(again.message, "Found nothing to do");
    assert.deepEqual(await column(database, LEFT), [
      "decision",
      "message",
      "shell",
      "tool",
      "young",
    ]);
    assert.equal((await column(database, "select 1 from mcp_tool_executions")).length, 2);
  });
  await t.test("retention_hours moves the threshold", async () => {
    const parameters = { retention_hours: 1 };
    const { done } = await observeAndRun("cleanup_empty_contexts", database, { parameters });
    assert.equal(done.itemsProcessed, 1);
    assert.ok(!(await column(database, LEFT)).includes("young"));
  });
});

test("one that another table needs is counted as failed, and the others go", async (t) => {
  const { database } = await testDatabase(t);
  await database.query(
    `insert into user_contexts (context_id, user_id, name, created_at)
     select 'c' || n, 'u', '', clock_timestamp() - interval '9 days' from generate_series(1, 1200) n`,
  );
  await database.query("create table notes (context_id text references user_contexts)");
  await database.query("insert into notes values ('c7'), ('c1150')");
  const warnings: string[] = [];
  const done = await runBuiltin("cleanup_empty_contexts", database, {
    log: (level, message) => warnings.push(`${level} ${message}`),
  });
  assert.deepEqual([done.itemsFound, done.itemsProcessed, done.itemsFailed], [1_200, 1_198, 2]);
  assert.equal(done.message, "Deleted 1198 empty contexts; 2 could not be changed, see the log");
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /^warn empty context c\d+: .*notes/);
});
