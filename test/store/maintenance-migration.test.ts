import assert from "node:assert/strict";
import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { connect } from "../../src/store/connection.ts";
import { migrate } from "../../src/store/migrate.ts";
import { column } from "../helpers/builtins.ts";
import { testDatabase } from "../helpers/database.ts";

test("sessions and built-ins of before the maintenance jobs go on as they were", async (t) => {
  const { address } = await testDatabase(t);
  const options = { url: address, schema: "old", applicationName: "test", maxConnections: 2 };
  await using database = await connect({ ...options, pooled: false });
  const own = fileURLToPath(new URL("../../src/store/migrations", import.meta.url));
  const directory = await mkdtemp(join(tmpdir(), "cronverge-migrations-"));
  t.after(() => rm(directory, { recursive: true }));
  for (const file of (await readdir(own)).filter((name) => name < "0004")) {
    await copyFile(join(own, file), join(directory, file));
  }
  await migrate(database, { schema: "old", directory });
  await database.query("insert into user_sessions (session_id, ip_address) values ('s', '::2')");
  const insert = `insert into scheduled_jobs (id, job_name, schedule, enabled, spec, spec_hash)
    values ($1, $1, '', true, $2::text::jsonb, 'h')`;
  await database.query(insert, ["b", '{"run": {"type": "builtin", "builtin": "log-cleanup"}}']);
  await database.query(insert, ["c", '{"run": {"type": "command", "command": "true"}}']);
  await migrate(database, { schema: "old" });
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
