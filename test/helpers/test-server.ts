import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type ConnectionAddress } from "../../src/store/connection.ts";
import { openEmbedded } from "../../src/store/embedded.ts";
import { migrate } from "../../src/store/migrate.ts";
import { startInstalled } from "./installed-server.ts";

/** Names the running server to the processes of the test files: its address as JSON. */
export const SERVER_VARIABLE = "CRONVERGE_TEST_DATABASE";
/** Names the `bin` directory of an installed PostgreSQL on which all tests are to run. */
const INSTALLED_VARIABLE = "CRONVERGE_TEST_POSTGRES";
export const TEMPLATE_DATABASE = "cronverge_template";
export const TEST_SCHEMA = "cronverge";

/** Starts a server with a migrated template database, and removes everything when disposed. */
export async function startTestServer({
  durable,
}: {
  durable: boolean;
}): Promise<AsyncDisposable & { address: ConnectionAddress }> {
  await using started = new AsyncDisposableStack();
  const directory = await temporaryDirectory();
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const bin = process.env[INSTALLED_VARIABLE];
  const server = started.use(
    bin === undefined
      ? await openEmbedded({ stateDir: directory, root: directory })
      : await startInstalled(bin, directory),
  );
  await createTemplate(server.connection, { durable });
  process.env[SERVER_VARIABLE] = JSON.stringify(server.connection);
  const resources = started.move();
  return {
    address: server.connection,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** One that the server's user can enter when the tests run as root. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "cronverge-test-"));
  await chmod(directory, 0o711);
  return directory;
}

async function createTemplate(
  address: ConnectionAddress,
  { durable }: { durable: boolean },
): Promise<void> {
  const options = { schema: TEST_SCHEMA, applicationName: "test", maxConnections: 1 };
  {
    await using admin = await connect({ ...options, url: address, pooled: false });
    // Nobody needs the data of a test after a power cut; those who cut it off have servers of their own.
    const unsynced = durable ? [] : ["fsync", "full_page_writes", "synchronous_commit"];
    for (const setting of unsynced) {
      await admin.query(`alter system set ${setting} = off`);
    }
    await admin.query("select pg_reload_conf()");
    await admin.query(`create database ${TEMPLATE_DATABASE}`);
  }
  const url = { ...address, database: TEMPLATE_DATABASE };
  await using template = await connect({ ...options, url, pooled: false });
  await migrate(template, { schema: TEST_SCHEMA });
}
