import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../src/store/connection.ts";
import { observeAndRun, runBuiltin } from "../helpers/builtins.ts";
import { testDatabase } from "../helpers/database.ts";

test("an ordinary visitor is never flagged, however often he comes back", async (t) => {
  const { database } = await testDatabase(t);
  await addClients(database, [{ hash: "regular", last_ip_address: "203.0.113.9" }]);
  for (let day = 1; day <= 30; day += 1) {
    await database.query(
      `update fingerprint_reputation set total_request_count = $1, total_session_count = $2,
              requests_last_hour = 90, last_seen_at = clock_timestamp()`,
      [day * 500, day * 8],
    );
    const done = await runBuiltin("behavioral_analysis", database);
    assert.equal(
      done.message,
      "Looked at 1 client: flagged 0, banned 0 addresses, removed 0 expired bans",
    );
  }
});

test("who asks too much is flagged once a day, and banned for the fourth time", async (t) => {
  const { database } = await testDatabase(t);
  const greedy = { requests_last_hour: 601, last_ip_address: "203.0.113.7" };
  await addClients(database, [
    { hash: "greedy", ...greedy },
    { hash: "modest", requests_last_hour: 600 },
    { hash: "gone", ...greedy, last_seen_at: new Date(Date.now() - 61 * 60_000) },
  ]);
  await t.test("observing writes nothing", async () => {
    const observed = await runBuiltin("behavioral_analysis", database, { enforce: false });
    assert.equal(
      observed.message,
      "Looked at 2 clients: would flag 1, would ban 0 addresses, would remove 0 expired bans; " +
        "nothing was written (enforce: false)",
    );
    assert.deepEqual([observed.itemsFound, observed.itemsProcessed], [1, 0]);
    assert.deepEqual(await readClient(database, "greedy"), {
      flagged: false,
      reason: null,
      score: 50,
      incidents: 0,
    });
  });
  await t.test("hour after hour of the same is one incident", async () => {
    const { done, again } = await observeAndRun("behavioral_analysis", database);
    assert.deepEqual([done.itemsProcessed, again.itemsProcessed], [1, 0]);
    await passHours(database, 5);
    assert.equal((await runBuiltin("behavioral_analysis", database)).itemsProcessed, 0);
    assert.deepEqual(await readClient(database, "greedy"), {
      flagged: true,
      reason: "request_rate_exceeded_600_per_hour",
      score: 40,
      incidents: 1,
    });
    assert.equal((await readClient(database, "modest"))?.["flagged"], false);
    assert.equal((await readClient(database, "gone"))?.["flagged"], false);
  });
  await t.test("the fourth day leads to a ban of seven days", async () => {
    for (const day of [2, 3]) {
      await passHours(database, 24);
      await runBuiltin("behavioral_analysis", database);
      assert.equal((await readClient(database, "greedy"))?.["incidents"], day);
    }
    assert.deepEqual(await readBans(database), []);
    await passHours(database, 24);
    const { observed, done } = await observeAndRun("behavioral_analysis", database);
    assert.match(observed.message, /would flag 1, would ban 1 address,/);
    assert.match(done.message, /flagged 1, banned 1 address,/);
    assert.deepEqual([observed.itemsFound, done.itemsProcessed], [2, 2]);
    assert.deepEqual(await readBans(database), [
      {
        address: "203.0.113.7",
        reason: "Automated: repeated behavioral violations",
        days: 7,
        bans: 1,
        source: "behavioral_analysis",
        fingerprint: "greedy",
      },
    ]);
  });
  await t.test("a ban in force is neither prolonged nor counted again", async () => {
    await passHours(database, 24);
    const before = await database.query("select * from banned_ips");
    const done = await runBuiltin("behavioral_analysis", database);
    assert.match(done.message, /flagged 1, banned 0 addresses/);
    assert.deepEqual(await database.query("select * from banned_ips"), before);
  });
  await t.test("a ban that is over is renewed, one of somebody else goes", async () => {
    await database.query("update banned_ips set expires_at = now() - interval '1 minute'");
    await database.query(
      `insert into banned_ips (ip_address, reason, expires_at, is_permanent)
       values ('198.51.100.1', 'x', now() - interval '1 minute', false),
              ('198.51.100.2', 'x', now() + interval '1 minute', false),
              ('198.51.100.3', 'x', now() - interval '1 minute', true),
              ('198.51.100.4', 'x', null, false)`,
    );
    await passHours(database, 24);
    const { observed, done } = await observeAndRun("behavioral_analysis", database);
    assert.match(observed.message, /would ban 1 address, would remove 1 expired ban;/);
    assert.match(done.message, /banned 1 address, removed 1 expired ban$/);
    const bans = await readBans(database);
    assert.deepEqual(
      bans.map(({ address, bans: count }) => [address, count]),
      [
        ["198.51.100.2", 1],
        ["198.51.100.3", 1],
        ["198.51.100.4", 1],
        ["203.0.113.7", 2],
      ],
    );
  });
  await t.test("incidents of long ago are forgotten", async () => {
    await passHours(database, 31 * 24);
    await runBuiltin("behavioral_analysis", database);
    assert.equal((await readClient(database, "greedy"))?.["incidents"], 1);
  });
});

test("sessions are counted within an hour, and private addresses are never banned", async (t) => {
  const { database } = await testDatabase(t);
  const known = { abuse_incidents: 3, last_abuse_at: new Date(Date.now() - 25 * 3_600_000) };
  await addClients(database, [
    { hash: "eleven", ...known, last_ip_address: "10.0.0.1" },
    { hash: "ten", ...known, last_ip_address: "203.0.113.1" },
    { hash: "spread", ...known, last_ip_address: "203.0.113.2" },
    { hash: "office", ...known, requests_last_hour: 9_999, last_ip_address: "198.51.100.7" },
  ]);
  const sessions = `insert into user_sessions (session_id, fingerprint_hash, started_at)
    select $1 || n, $1, clock_timestamp() - n * $2::float8 * interval '1 minute'
      from generate_series(1, $3::int) n`;
  await database.query(sessions, ["eleven", 1, 11]);
  await database.query(sessions, ["ten", 1, 10]);
  await database.query(sessions, ["spread", 30, 40]);
  const parameters = { exempt_prefixes: ["198.51.100."] };
  const { observed, done } = await observeAndRun("behavioral_analysis", database, { parameters });
  assert.equal(observed.itemsFound, 2);
  assert.match(done.message, /^Looked at 4 clients: flagged 2, banned 0 addresses,/);
  assert.equal(
    (await readClient(database, "eleven"))?.["reason"],
    "session_rate_exceeded_10_per_hour",
  );
});

type Row = Record<string, string | number | Date>;

async function addClients(database: Database, clients: Row[]): Promise<void> {
  for (const client of clients) {
    const { hash, ...given } = client;
    const names = Object.keys(given);
    const columns = names.map((name) => `, ${name}`).join("");
    const values = names.map((_, index) => `, $${index + 2}`).join("");
    await database.query(
      `insert into fingerprint_reputation (fingerprint_hash${columns}) values ($1${values})`,
      [hash ?? "", ...Object.values(given)],
    );
  }
}

/** As if so much time had passed since the last incidents and bans; the clients are still there. */
async function passHours(database: Database, hours: number): Promise<void> {
  await database.query(
    "update fingerprint_reputation set last_abuse_at = last_abuse_at - $1::float8 * interval '1 hour'",
    [hours],
  );
}

async function readClient(database: Database, hash: string): Promise<Row | undefined> {
  const [row] = await database.query<Row>(
    `select is_flagged as flagged, flag_reason as reason, reputation_score as score,
            abuse_incidents as incidents
       from fingerprint_reputation where fingerprint_hash = $1`,
    [hash],
  );
  return row;
}

async function readBans(database: Database): Promise<Row[]> {
  return database.query<Row>(
    `select ip_address as address, reason, ban_count as bans, ban_source as source,
            extract(day from expires_at - banned_at)::int as days, source_fingerprint as fingerprint
       from banned_ips order by 1`,
  );
}
