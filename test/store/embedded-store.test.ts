import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test, type TestContext } from "node:test";
import type { DatabaseSettings } from "../../src/model/job.ts";
import { embeddedStatus, stopEmbedded } from "../../src/store/embedded.ts";
import { hasNoLiveNode, openStore, type StoreOptions } from "../../src/store/open.ts";
import { testDatabase } from "../helpers/database.ts";
import { temporaryDirectory } from "../helpers/test-server.ts";

const SETTINGS: DatabaseSettings = {
  url: null,
  schema: "cronverge",
  leaseMs: 15_000,
  pooled: false,
  connections: {},
};

test("without a URL the store is the embedded server, migrated", async (t) => {
  const options = await storeOptions(t);
  {
    await using store = await openStore(options);
    assert.equal(store.embedded, true);
    assert.deepEqual(await store.database.query("select from executions"), []);
  }
  assert.equal((await embeddedStatus(options)).pid, null);
});

test("the server stays up while a node's lease is live", async (t) => {
  const options = await storeOptions(t);
  const mayStop = hasNoLiveNode;
  {
    await using store = await openStore(options);
    await store.database.query(
      `insert into nodes (id, host, pid, version, concurrency, lease_until)
       values ('n1', 'here', 1, '0', 1, now() + interval '1 hour')`,
    );
  }
  assert.notEqual((await embeddedStatus(options)).pid, null);
  assert.equal(await stopEmbedded({ ...options, mayStop }), "in_use");
  {
    await using store = await openStore(options);
    await store.database.query("update nodes set state = 'stopped'");
  }
  assert.equal((await embeddedStatus(options)).pid, null);
});

test("a schema belongs to one project", async (t) => {
  const { url } = await testDatabase(t);
  const options = { ...(await storeOptions(t)), url };
  await (await openStore(options))[Symbol.asyncDispose]();
  await (await openStore({ ...options, project: "shop" }))[Symbol.asyncDispose]();
  await (await openStore({ ...options, project: "shop" }))[Symbol.asyncDispose]();
  await (await openStore(options))[Symbol.asyncDispose]();
  await assert.rejects(openStore({ ...options, project: "blog" }), {
    code: "project_mismatch",
    message: /belongs to the project "shop", not to "blog"/,
    help: /database\.schema/,
  });
});

test("a store that must not migrate changes nothing", async (t) => {
  const { url, database } = await testDatabase(t);
  const settings = { ...SETTINGS, schema: "other" };
  const options = { ...(await storeOptions(t)), url, settings };
  await assert.rejects(openStore({ ...options, migrate: "none" }), {
    code: "database_failed",
    help: /cronverge up/,
  });
  const found = await database.query("select from pg_namespace where nspname = 'other'");
  assert.deepEqual(found, []);
});

async function storeOptions(t: TestContext): Promise<StoreOptions> {
  const stateDir = await temporaryDirectory();
  t.after(async () => {
    const { pid } = await embeddedStatus({ stateDir, root: stateDir });
    if (pid !== null) process.kill(pid, "SIGQUIT");
    await rm(stateDir, { recursive: true, force: true, maxRetries: 20 });
  });
  return {
    settings: SETTINGS,
    url: null,
    project: null,
    root: stateDir,
    stateDir,
    applicationName: "test",
    migrate: "any",
  };
}
