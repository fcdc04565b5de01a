import { randomUUID } from "node:crypto";
import { after } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect, type ConnectionAddress, type Database } from "../../src/store/connection.ts";
import { SERVER_VARIABLE, startTestServer, TEMPLATE_DATABASE, TEST_SCHEMA } from "./test-server.ts";

export interface TestDatabase {
  database: Database;
  address: ConnectionAddress;
  /** The same as text, for programs that are started with `CRONVERGE_DATABASE_URL`. */
  url: string;
  /** Another connection pool, as a second process would have; by another user, if one is named. */
  connect: (maxConnections?: number, user?: DatabaseUser) => Promise<Database>;
}

export type DatabaseUser = Pick<ConnectionAddress, "username" | "password">;

/** What a test, a suite or the file (`{ after }` of node:test) offers to clean up with. */
export interface Cleanup {
  after(clean: () => Promise<void>): void;
}

/** A migrated database of the test's own on a real server, dropped when the test ends. */
export async function testDatabase(t: Cleanup): Promise<TestDatabase> {
  const server = await findServer();
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  // Without fsync a copy of the files costs a quarter of what a copy through the log does.
  await run(server, `create database ${name} template ${TEMPLATE_DATABASE} strategy file_copy`);
  const address = { ...server, database: name };
  const opened: Database[] = [];
  t.after(async () => {
    await Promise.all(opened.map((database) => database[Symbol.asyncDispose]()));
    await run(server, `drop database ${name} with (force)`);
  });
  const connectAgain = async (maxConnections = 4, user?: DatabaseUser): Promise<Database> => {
    const options = {
      url: { ...address, ...user },
      schema: TEST_SCHEMA,
      applicationName: "test",
      maxConnections,
    };
    const database = await connect({ ...options, pooled: false });
    opened.push(database);
    return database;
  };
  return { database: await connectAgain(), address, url: toUrl(address), connect: connectAgain };
}

/** Waits until so many statements of the database wait for a lock. */
export async function untilBlocked(database: Database, count: number): Promise<void> {
  for (;;) {
    const [found] = await database.query<{ n: number }>(
      `select count(*) as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if ((found?.n ?? 0) >= count) return;
    await delay(5);
  }
}

/** The address as a URL; the directory of the socket is a parameter, which a URL's host cannot be. */
export function toUrl(address: ConnectionAddress): string {
  const { host, port, username, password, database } = address;
  const query = new URLSearchParams({ host, port: String(port) });
  return `postgres://${username}:${password}@localhost/${database}?${query.toString()}`;
}

let ownServer: ReturnType<typeof startTestServer> | null = null;
let admin: Promise<Database> | null = null;

after(async () => {
  await (await admin)?.[Symbol.asyncDispose]();
  await (await ownServer)?.[Symbol.asyncDispose]();
});

/** That of the whole run, or one of our own when the file is run alone. */
async function findServer(): Promise<ConnectionAddress> {
  const given = process.env[SERVER_VARIABLE];
  if (ownServer === null && given !== undefined) return JSON.parse(given);
  ownServer ??= startTestServer({ durable: false });
  return (await ownServer).address;
}

async function run(server: ConnectionAddress, statement: string): Promise<void> {
  const options = { url: server, schema: "public", applicationName: "test", maxConnections: 1 };
  admin ??= connect({ ...options, pooled: false });
  await (await admin).query(statement);
}
