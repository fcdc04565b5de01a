import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect, type Database } from "../../src/store/connection.ts";
import { startUp } from "../helpers/cli.ts";
import { toUrl } from "../helpers/database.ts";
import { startInstalled, type InstalledServer } from "../helpers/installed-server.ts";
import { testProject } from "../helpers/project.ts";
import { temporaryDirectory } from "../helpers/test-server.ts";
import { waitUntil } from "../helpers/wait-until.ts";

/** Where Debian puts the oldest PostgreSQL that is supported. */
const BIN = "/usr/lib/postgresql/15/bin";
const skip = existsSync(BIN) ? false : `PostgreSQL 15 is not installed in ${BIN}`;

/** So that at least two runs come due while there is no server. */
const OUTAGE_MS = 2_000;

const CONFIG = `project: fifteen
database: {url: {env: FIFTEEN_URL}}
jobs:
  each-second: {schedule: {every: 1s}, command: ["true"]}
`;

test("on PostgreSQL 15 the schedule outlives a kill -9 of the server", { skip }, async (t) => {
  const { server, database, url } = await emptyDatabase(t);
  const [version] = await database.query<{ name: string }>(
    "select current_setting('server_version') as name",
  );
  assert.match(version?.name ?? "", /^15\./);
  const project = await testProject(t, CONFIG);
  const up = startUp(t, { cwd: project.root, env: { FIFTEEN_URL: url } });
  await up.line((given) => given["event"] === "applied");
  await waitUntil(async () => (await successes(database)).length >= 3, "the first runs");

  const acknowledged = await successes(database);
  await server.kill();
  await delay(OUTAGE_MS);
  await server.start();
  const enough = acknowledged.length + 3;
  await waitUntil(async () => (await successes(database)).length >= enough, "runs after the kill");
  up.kill("SIGTERM");
  assert.equal(await up.ended, 0);

  const kept = new Set(await successes(database));
  assert.deepEqual(
    acknowledged.filter((id) => !kept.has(id)),
    [],
    "what was recorded is still there",
  );
  assert.deepEqual(await database.query(GAPS), [], "each due second has its one record");
});

/** Records that do not begin one second after the end of the one before. */
const GAPS = `
select * from (
  select scheduled_for, status, reason,
         scheduled_for - lag(coalesce(covers_until, scheduled_for)) over (order by scheduled_for) as step
    from executions) steps
 where step <> interval '1 second'`;

async function successes(database: Database): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    "select id from executions where status = 'success'",
    [],
    { idempotent: true },
  );
  return rows.map(({ id }) => id);
}

async function emptyDatabase(
  t: TestContext,
): Promise<{ server: InstalledServer; database: Database; url: string }> {
  const opened = new AsyncDisposableStack();
  t.after(() => opened.disposeAsync());
  const directory = await temporaryDirectory();
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const server = opened.use(await startInstalled(BIN, directory));
  const address = { ...server.connection, database: "fifteen" };
  const options = { schema: "cronverge", applicationName: "test", maxConnections: 2 };
  {
    await using admin = await connect({ ...options, url: server.connection, pooled: false });
    await admin.query("create database fifteen");
  }
  const database = opened.use(await connect({ ...options, url: address, pooled: false }));
  return { server, database, url: toUrl(address) };
}
