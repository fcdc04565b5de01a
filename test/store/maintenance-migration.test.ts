import assert from "node:assert/strict";
import { test } from "node:test";
import { column } from "../helpers/builtins.ts";
import { schemaBefore } from "../helpers/old-schema.ts";

test("sessions and built-ins of before the maintenance jobs go on as they were", async (t) => {
  await using old = await schemaBefore(t, "0004");
  const { database } = old;
  await database.query("insert into user_sessions (session_id, ip_address) values ('s', '::2')");
  const insert = `insert into scheduled_jobs (id, job_name, schedule, enabled, spec, spec_hash)
    values ($1, $1, '', true, $2::text::jsonb, 'h')`;
  await database.query(insert, ["b", '{"run": {"type": "builtin", "builtin": "log-cleanup"}}']);
  await database.query(insert, ["c", '{"run": {"type": "command", "command": "true"}}']);
  await old.upgrade();
  assert.deepEqual(
    await column(database, "select spec -> 'run' ->> 'enforce' from scheduled_jobs order by id"),
    ["true", "null"],
  );
  // What a node of the former version writes and reads.
  await database.query("insert into user_sessions (session_id) values ('t')");
  assert.deepEqual(
    await database.query(
      "select session_id as id, is_bot as bot, session_source as source from user_sessions order by 1",
    ),
    [
      { id: "s", bot: false, source: "unknown" },
      { id: "t", bot: false, source: "unknown" },
    ],
  );
});
