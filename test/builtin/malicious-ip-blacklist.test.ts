import assert from "node:assert/strict";
import { test } from "node:test";
import { isBannable } from "../../src/builtin/bannable.ts";
import { column, observeAndRun, runBuiltin } from "../helpers/builtins.ts";
import { testDatabase } from "../helpers/database.ts";

const BANNED = "select ip_address || ' ' || reason from banned_ips order by 1";

test("an address is banned on one side of each threshold, and not on the other", async (t) => {
  const { database } = await testDatabase(t);
  const add = async (address: string | null, count: number, given = "") =>
    database.query(
      `insert into user_sessions (session_id, ip_address, started_at, is_bot, is_scanner, country)
       select $1 || '-' || n || $2, $1, clock_timestamp() - interval '1 hour', $2 = 'bot',
              $2 = 'scanner', nullif(left($2, 2), '')
         from generate_series(1, $3::int) n`,
      [address, given, count],
    );
  await add("203.0.113.1", 100);
  await add("203.0.113.2", 99);
  await add("203.0.113.3", 200, "bot");
  await add("203.0.113.4", 3, "scanner");
  await add("203.0.113.5", 2, "scanner");
  await add("47.74.0.1", 1);
  await add("47.7.4.1", 1);
  await add("203.0.113.6", 5, "QX");
  await add("203.0.113.7", 4, "QX");
  await add("203.0.113.8", 5, "QY");
  await add("192.168.1.1", 500);
  await add("unknown", 500);
  await add("198.51.100.1", 500);
  await database.query(
    `insert into user_sessions (session_id, ip_address, started_at)
     select 'old' || n, '203.0.113.2', clock_timestamp() - interval '25 hours'
       from generate_series(1, 50) n`,
  );
  await t.test("observing writes nothing", async () => {
    const observed = await runBuiltin("malicious_ip_blacklist", database, { enforce: false });
    assert.equal(
      observed.message,
      "Looked at the sessions of 24 hours: would ban 3 addresses, would remove 0 expired bans; " +
        "nothing was written (enforce: false)",
    );
    assert.deepEqual(await column(database, BANNED), []);
  });
  await t.test("without lists only what an address did counts", async () => {
    const parameters = { exempt_prefixes: ["198.51.100."] };
    const { observed, done, again } = await observeAndRun("malicious_ip_blacklist", database, {
      parameters,
    });
    assert.deepEqual([observed.itemsFound, done.itemsProcessed, again.itemsFound], [2, 2, 0]);
    assert.match(done.message, /: banned 2 addresses, removed 0 expired bans$/);
    assert.deepEqual(await column(database, BANNED), [
      "203.0.113.1 Automated: high request volume",
      "203.0.113.4 Automated: scanner activity detected",
    ]);
    const days = "select extract(day from expires_at - banned_at)::int from banned_ips";
    assert.deepEqual(await column(database, days), ["14", "14"]);
  });
  await t.test("with lists networks and countries count too", async () => {
    const parameters = {
      datacenter_prefixes: ["47.74."],
      high_risk_countries: ["QX"],
      volume_sessions: 1_000,
    };
    const { observed, done } = await observeAndRun("malicious_ip_blacklist", database, {
      parameters,
    });
    assert.deepEqual([observed.itemsFound, done.itemsProcessed], [2, 2]);
    assert.deepEqual((await column(database, BANNED)).slice(1), [
      "203.0.113.4 Automated: scanner activity detected",
      "203.0.113.6 Automated: high-risk country pattern",
      "47.74.0.1 Automated: known datacenter IP range",
    ]);
  });
});

test("private addresses and texts that are no address cannot be banned", () => {
  for (const address of [
    "10.1.2.3",
    "172.31.0.1",
    "127.0.0.1",
    "100.64.0.1",
    "::1",
    "fd00::1",
    "fe80::1",
    "fe80::1%eth0",
    "::ffff:10.0.0.1",
    "unknown",
    "",
  ]) {
    assert.equal(isBannable(address, []), false, address);
  }
  assert.equal(isBannable("172.32.0.1", []), true);
  assert.equal(isBannable("2001:db8::1", []), true);
  assert.equal(isBannable("2001:db8::1", ["2001:db8:"]), false);
});
