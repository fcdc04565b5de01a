import assert from "node:assert/strict";
import { test } from "node:test";
import { SchedulerError } from "../../src/model/errors.ts";
import { connect, json, sqlState } from "../../src/store/connection.ts";
import { testDatabase, toUrl } from "../helpers/database.ts";

test("values come back as they went in", async (t) => {
  const { database } = await testDatabase(t);
  const words = ["plain", "", 'a "quoted" \\ one', "{brace},", "NULL", "zwölf\n✓"];
  const at = new Date("2026-03-29T01:30:00.123Z");
  const [row] = await database.query(
    `select $1::text[] as words, $2::bigint[] as numbers, $3::timestamptz[] as instants,
            $4::timestamptz as at, $5::jsonb as value, $6::jsonb as words_in_json, $7::boolean as yes,
            $8::bigint as big, $9::float8 as float, $10::text as nothing, '{}'::text[] as empty`,
    [words, [1, null, -3], [at], at, json({ a: [1] }), json("text"), true, 2n ** 40n, 1.5, null],
  );
  assert.deepEqual(row, {
    words,
    numbers: [1, null, -3],
    instants: `{"2026-03-29 01:30:00.123+00"}`,
    at,
    value: { a: [1] },
    words_in_json: "text",
    yes: true,
    big: 2 ** 40,
    float: 1.5,
    nothing: null,
    empty: [],
  });
});

test("what PostgreSQL cannot store is replaced, not refused", async (t) => {
  const { database } = await testDatabase(t);
  const [row] = await database.query("select $1::text as text, $2::jsonb as value", [
    "a\0b",
    json({ nul: "a\0b", lone: "a\ud800b", pair: "😀", written: "a\\u0000b" }),
  ]);
  assert.deepEqual(row, {
    text: "a�b",
    value: { nul: "a�b", lone: "a�b", pair: "😀", written: "a\\u0000b" },
  });
});

test("tables are found in the schema, and the state of an error is known", async (t) => {
  const { database } = await testDatabase(t);
  await database.query("create table once (id integer primary key)");
  const [place] = await database.query("select 'once'::regclass::oid::int > 0 as found");
  assert.deepEqual(place, { found: true });
  await database.query("insert into once values ($1)", [1]);
  const refused = await failure(database.query("insert into once values ($1)", [1]));
  assert.equal(refused.code, "database_failed");
  assert.equal(sqlState(refused), "23505");
  assert.equal(sqlState(new Error("other")), null);
});

test("a wrong address or password is known at once", async (t) => {
  const { address, url } = await testDatabase(t);
  const options = { schema: "cronverge", applicationName: "test", maxConnections: 1 };
  const elsewhere = { ...address, host: "/nonexistent" };
  const unreachable = await failure(connect({ ...options, url: elsewhere, pooled: false }));
  assert.equal(unreachable.code, "database_unavailable");
  const impostor = { ...address, password: "wrong" };
  const refused = await failure(connect({ ...options, url: impostor, pooled: false }));
  assert.equal(sqlState(refused), "28P01");
  assert.match(refused.message, /^the database refused the log-in: password authentication failed/);
  assert.match(refused.help ?? "", /check the user, the password/);
  assert.doesNotMatch(refused.message, /statement/);
  const badMode = await failure(
    connect({ ...options, url: `${url}&sslmode=maybe`, pooled: false }),
  );
  assert.match(badMode.message, /unknown sslmode "maybe"/);
  assert.doesNotMatch(badMode.message, new RegExp(address.password));
});

test("a transaction holds entirely or not at all", async (t) => {
  const { database } = await testDatabase(t);
  await database.query("create table notes (note text primary key)");
  const kept = await database.transaction(async (tx) => {
    await tx.query("insert into notes values ('kept')");
    return "result";
  });
  assert.equal(kept, "result");
  const own = new Error("own");
  const thrown = database.transaction(async (tx) => {
    await tx.query("insert into notes values ('thrown')");
    throw own;
  });
  await assert.rejects(thrown, (error) => error === own);
  // The server has rolled back although the work caught the error, so nobody may think otherwise.
  const caught = database.transaction(async (tx) => {
    await tx.query("insert into notes values ('caught')");
    await tx.query("insert into notes values ('kept')").catch(() => {});
  });
  assert.equal(sqlState(await failure(caught)), "23505");
  assert.deepEqual(await database.query("select note from notes"), [{ note: "kept" }]);
});

test("a statement after the end of its transaction does not run", async (t) => {
  const { database } = await testDatabase(t);
  const late = await database.transaction((tx) => Promise.resolve(tx));
  await assert.rejects(late.query("select 1"), /after the end of its transaction/);
});

test("a URL works as well as an address", async (t) => {
  const { address } = await testDatabase(t);
  const url = `${toUrl(address)}&sslmode=disable`;
  const options = { schema: 'odd "one"', applicationName: "by url", maxConnections: 1 };
  await using database = await connect({ ...options, url, pooled: false });
  const [row] = await database.query(
    "select current_setting('application_name') as name, current_setting('search_path') as path",
  );
  assert.deepEqual(row, { name: "by url", path: '"odd ""one"""' });
});

async function failure(work: Promise<unknown>): Promise<SchedulerError> {
  const error: unknown = await work.then(
    () => assert.fail("it should have been rejected"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SchedulerError, String(error));
  return error;
}
