import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Migrating } from "../../src/store/open.ts";
import { openStore } from "../../src/store/open.ts";
import type { Database } from "../../src/store/connection.ts";
import { startUp } from "../helpers/cli.ts";
import { testDatabase, toUrl } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";

interface Stranger {
  /** Of the superuser. */
  database: Database;
  /** A name that must be quoted, of a role that may log in and nothing else. */
  role: string;
  /** Of the role. */
  url: string;
  open: (options?: { migrate: Migrating }) => Promise<void>;
}

const CONFIG = `project: shop
database: {schema: sched}
jobs:
  each-second: {schedule: {every: 1s}, command: ["true"]}
`;

test("a role without any other right runs its scheduler in a schema that it owns", async (t) => {
  const { database, role, url, open } = await stranger(t);
  const [name] = await database.query<{ name: string }>("select current_database() as name");
  await database.query(`revoke all on database ${name?.name} from public`);
  await database.query(`grant connect on database ${name?.name} to "${role}"`);
  await database.query(`create schema sched authorization "${role}"`);
  const project = await testProject(t, CONFIG);
  const up = startUp(t, { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } });
  const { state } = await up.line((given) => given["event"] === "run_finished");
  assert.equal(state, "success");
  up.kill("SIGTERM");
  assert.equal(await up.ended, 0);
  await open({ migrate: "none" });
});

test("who may not create the schema is told which statement makes it", async (t) => {
  const { database, role, open } = await stranger(t);
  const statement = `create schema sched authorization "${role}"`;
  await assert.rejects(open(), {
    code: "database_failed",
    message: `the database role "${role}" may not create the schema sched`,
    help: `let the owner of the database run: ${statement}`,
  });
  await assert.rejects(open({ migrate: "none" }), { message: /lacks \d+ of \d+ migrations/ });
  await database.query(statement);
  await open();
});

test("who may not use or fill a schema that exists is told which right is missing", async (t) => {
  const { database, role, open } = await stranger(t);
  await database.query("create schema sched");
  const grant = `grant usage, create on schema sched to "${role}"`;
  const refused = {
    code: "database_failed",
    message: `the database role "${role}" may not use the schema sched`,
    help: `let the owner of the database run: ${grant}`,
  };
  await assert.rejects(open(), refused);
  // Without a look at the rights it would be told to migrate, as if nothing were there.
  await assert.rejects(open({ migrate: "none" }), refused);
  await database.query(`grant usage on schema sched to "${role}"`);
  await assert.rejects(open(), {
    message: `the database role "${role}" may not create tables in the schema sched`,
    help: `let the owner of the database run: grant create on schema sched to "${role}"`,
  });
  await database.query(grant);
  await open();
});

test("who meets the tables of another role is told whose they are", async (t) => {
  const { database, role, open } = await stranger(t);
  await database.query("alter schema cronverge rename to sched");
  const help = "connect as cronverge, or set another database.schema";
  const message = `the database role "${role}" lacks rights on the tables of the schema sched, which belong to cronverge`;
  await assert.rejects(open(), { code: "database_failed", message, help });
  await database.query(`grant usage on schema sched to "${role}"`);
  await assert.rejects(open(), { code: "database_failed", message, help });
  await database.query(`grant select on all tables in schema sched to "${role}"`);
  await open({ migrate: "none" });
  await assert.rejects(open(), { message, help });
  await database.query(`grant cronverge to "${role}"`);
  await open();
});

async function stranger(t: TestContext): Promise<Stranger> {
  const { database, address } = await testDatabase(t);
  // Roles belong to the whole server, so the name is that of the test's database.
  const role = address.database.replace("test_", "role ");
  await database.query(`create role "${role}" login password 'secret'`);
  const url = toUrl({ ...address, username: role, password: "secret" });
  const open = async (options: { migrate: Migrating } = { migrate: "any" }): Promise<void> => {
    const database = { url: null, schema: "sched", leaseMs: 15_000, pooled: false };
    const store = await openStore({
      settings: { ...database, connections: {} },
      url,
      project: "shop",
      root: "/nowhere",
      stateDir: "/nowhere",
      applicationName: "test",
      ...options,
    });
    await store[Symbol.asyncDispose]();
  };
  return { database, role, url, open };
}
