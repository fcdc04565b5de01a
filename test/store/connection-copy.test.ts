import assert from "node:assert/strict";
import { test } from "node:test";
import { sqlState } from "../../src/store/connection.ts";
import { testDatabase } from "../helpers/database.ts";

const MANY = "copy (select n, repeat('x', 100) from generate_series(1, 20000) n) to stdout";

test("a copy is as fast as it is taken, and the transaction goes on after it", async (t) => {
  const { database } = await testDatabase(t);
  await database.transaction(async (tx) => {
    for (let round = 0; round < 2; round += 1) {
      let bytes = 0;
      await tx.copyOut(MANY, async (chunk) => {
        bytes += chunk.length;
        await new Promise(setImmediate);
      });
      assert.ok(bytes > 2_000_000);
      assert.deepEqual(await tx.query("select 1 as one"), [{ one: 1 }]);
    }
    await tx.script("create table copied (n integer)");
    await tx.copyIn("copy copied from stdin", rowsOf("1\n2\n", "", "3\n"));
    assert.deepEqual(await tx.query("select sum(n) as sum from copied"), [{ sum: 6 }]);
  });
});

test("a copy that fails says why, undoes its transaction and spoils no other", async (t) => {
  const { database } = await testDatabase(t);
  await database.query("create table copied (n integer unique)");
  const into = (...rows: string[]) =>
    database.transaction(async (tx) => {
      await tx.query("insert into copied values (0)");
      await tx.copyIn("copy copied from stdin", rowsOf(...rows));
    });
  const failsWith = (state: string) => (error: unknown) => sqlState(error) === state;
  await assert.rejects(into("1\n", "none\n"), failsWith("22P02"));
  await assert.rejects(into("1\n", "1\n"), failsWith("23505"));
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.from("1\n");
    throw new Error("the file is broken");
  }
  await assert.rejects(
    database.transaction((tx) => tx.copyIn("copy copied from stdin", broken())),
    /^Error: the file is broken$/,
  );
  await assert.rejects(
    database.transaction((tx) => tx.copyOut(MANY, () => Promise.reject(new Error("disk full")))),
    /^Error: disk full$/,
  );
  const nowhere = "copy nowhere from stdin";
  await assert.rejects(
    database.transaction((tx) => tx.copyIn(nowhere, rowsOf("1\n"))),
    failsWith("42P01"),
  );
  assert.deepEqual(await database.query("select from copied"), []);
});

test("a copy whose connection is lost ends at once", async (t) => {
  const { database, connect } = await testDatabase(t);
  const other = await connect(1);
  const kill = async (): Promise<void> => {
    await other.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query like 'copy %'`,
    );
  };
  await assert.rejects(
    database.transaction((tx) =>
      tx.copyOut(
        "copy (select repeat('x', 1000) from generate_series(1, 1000000)) to stdout",
        kill,
      ),
    ),
    { code: "database_unavailable" },
  );
  await database.query("create table copied (n integer)");
  async function* endless(): AsyncGenerator<Buffer> {
    for (let n = 0; ; n += 1) {
      if (n === 10) await kill();
      yield Buffer.from("1\n".repeat(10_000));
    }
  }
  await assert.rejects(
    database.transaction((tx) => tx.copyIn("copy copied from stdin", endless())),
    { code: "database_unavailable" },
  );
  assert.deepEqual(await database.query("select from copied"), []);
});

async function* rowsOf(...pieces: string[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}
