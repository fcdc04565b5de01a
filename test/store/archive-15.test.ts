import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import { connect } from "../../src/store/connection.ts";
import { fillOddly } from "../helpers/archive-fill.ts";
import { moveSchedule } from "../helpers/archive-move.ts";
import { everyRow } from "../helpers/archive-rows.ts";
import { testDatabase } from "../helpers/database.ts";
import { startInstalled } from "../helpers/installed-server.ts";
import { temporaryDirectory } from "../helpers/test-server.ts";

/** Where Debian puts the oldest PostgreSQL that is supported. */
const BIN = "/usr/lib/postgresql/15/bin";
const skip = existsSync(BIN) ? false : `PostgreSQL 15 is not installed in ${BIN}`;

test("a schedule goes from PostgreSQL 18 to 15 and back, row by row", { skip }, async (t) => {
  await using opened = new AsyncDisposableStack();
  const directory = await temporaryDirectory();
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const { database, address } = await testDatabase(t);
  await fillOddly(database);
  const before = await everyRow(database);

  const server = opened.use(await startInstalled(BIN, directory));
  const options = { schema: "cronverge", applicationName: "test", maxConnections: 2 };
  const fifteen = opened.use(await connect({ ...options, url: server.connection, pooled: false }));
  await moveSchedule(t, { from: database, to: fifteen });
  assert.deepEqual(await everyRow(fifteen), before);

  await database.query("drop schema cronverge cascade");
  const back = opened.use(await connect({ ...options, url: address, pooled: false }));
  await moveSchedule(t, { from: fifteen, to: back });
  assert.deepEqual(await everyRow(back), before);
});
