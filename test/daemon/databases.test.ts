import assert from "node:assert/strict";
import { test } from "node:test";
import { GrantedDatabases } from "../../src/daemon/databases.ts";
import { testDatabase } from "../helpers/database.ts";

test("a granted database answers queries in JSON", async (t) => {
  const { url } = await testDatabase(t);
  await using databases = new GrantedDatabases(async () => url);
  const session = databases.session("app");
  const rows = await session.query("select $1::int + 1 as n, $2::text as text, $3::jsonb as json", [
    1,
    "a'b",
    { deep: [1, null] },
  ]);
  assert.deepEqual(rows, [{ n: 2, text: "a'b", json: { deep: [1, null] } }]);
  const [dated] = await session.query("select timestamptz '2026-01-01T00:00:00Z' as at", []);
  assert.deepEqual(dated, { at: "2026-01-01T00:00:00.000Z" });
});

test("a transaction is committed or rolled back by whoever drives it", async (t) => {
  const { database, url } = await testDatabase(t);
  await database.query("create table things (name text)");
  await using databases = new GrantedDatabases(async () => url);
  const session = databases.session("app");
  const kept = await session.begin();
  await kept.query("insert into cronverge.things values ('kept')", []);
  await kept.commit();
  const undone = await session.begin();
  await undone.query("insert into cronverge.things values ('undone')", []);
  await undone.rollback();
  assert.deepEqual(await database.query("select name from things"), [{ name: "kept" }]);
});

test("a failed statement says why, and the session goes on", async (t) => {
  const { url } = await testDatabase(t);
  await using databases = new GrantedDatabases(async () => url);
  const session = databases.session("app");
  await assert.rejects(session.query("select * from nowhere", []), /nowhere/);
  assert.equal((await session.query("select 1 as one", [])).length, 1);
});
