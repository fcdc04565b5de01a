import assert from "node:assert/strict";
import { test } from "node:test";
import { wakeChannel, wakeNodes } from "../../src/store/trigger.ts";
import { connect } from "../../src/store/connection.ts";
import { testDatabase } from "../helpers/database.ts";

test("a wake reaches whoever listens, also in a schema with the longest name", async (t) => {
  const { address } = await testDatabase(t);
  const schema = "s".repeat(63);
  const options = { url: address, schema, applicationName: "test", maxConnections: 2 };
  await using database = await connect({ ...options, pooled: false });
  let wakes = 0;
  const woken = Promise.withResolvers<void>();
  await using _listening = await database.listen(wakeChannel(schema), () => {
    wakes += 1;
    // The first comes with the subscription itself.
    if (wakes === 2) woken.resolve();
  });
  await wakeNodes(database);
  await woken.promise;
  assert.notEqual(wakeChannel(schema), wakeChannel(`${"s".repeat(62)}t`));
});
