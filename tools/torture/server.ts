import { chmod, mkdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { ConnectionAddress, Database } from "../../src/store/connection.ts";
import { connect } from "../../src/store/connection.ts";
import { USERNAME } from "../../src/store/embedded-cluster.ts";
import type { EmbeddedLocation } from "../../src/store/embedded-location.ts";
import { locateEmbedded } from "../../src/store/embedded-location.ts";
import { inspectServer, stopServer } from "../../src/store/embedded-process.ts";
import { ensureRunning } from "../../src/store/embedded-server.ts";

/** The tables are in this schema of this database. */
export const SCHEMA = "cronverge";
const DATABASE = "torture";

/** A PostgreSQL of the torture's own, which it can kill and bring back. */
export interface TortureServer extends AsyncDisposable {
  address: ConnectionAddress;
  socketPath: string;
  /** The way around all proxies. */
  connect(): Promise<Database>;
  /** kill -9 of the postmaster; its children see that and end. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a server whose data is in the folder. */
export async function startServer(folder: string): Promise<TortureServer> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
  const location = await locateEmbedded({ stateDir: folder, root: folder });
  const { socketDir } = await ensureRunning(location);
  const server = {
    host: socketDir,
    port: 5432,
    database: DATABASE,
    username: USERNAME,
    password: (await readFile(location.passwordFile, "utf8")).trim(),
    ssl: "disable",
    parameters: {},
  } satisfies ConnectionAddress;
  const open = (database: string): Promise<Database> =>
    connect({
      url: { ...server, database },
      schema: SCHEMA,
      applicationName: "torture",
      maxConnections: 2,
      pooled: false,
    });
  {
    await using admin = await open("postgres");
    await admin.query(`create database ${DATABASE}`);
  }
  let closed = false;
  return {
    address: server,
    socketPath: `${socketDir}/.s.PGSQL.5432`,
    connect: () => open(DATABASE),
    kill: () => killServer(location),
    async start() {
      if (!closed) await ensureRunning(location);
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      await stopServer(location);
    },
  };
}

async function killServer(location: EmbeddedLocation): Promise<void> {
  const server = await inspectServer(location);
  if (server.state === "stopped") return;
  process.kill(server.pid, "SIGKILL");
  while ((await inspectServer(location)).state !== "stopped") await delay(10);
}
