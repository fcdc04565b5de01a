import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionAddress, Database } from "../../src/store/connection.ts";
import { connect } from "../../src/store/connection.ts";
import { openEmbedded } from "../../src/store/embedded.ts";
import { treeCpuMs } from "./processes.ts";

/** The tables of Cronverge are in this schema of each of its databases. */
export const SCHEMA = "cronverge";

/** One PostgreSQL for all contenders; each gets databases of its own. */
export interface BenchServer extends AsyncDisposable {
  version: string;
  /** CPU time in ms that its processes have used. */
  cpuMs(): number;
  /** Makes a database, a copy of `template` if one is named. */
  create(name: string, template?: string): Promise<ConnectionAddress>;
  drop(name: string): Promise<void>;
  /** Writes out what earlier work left behind, so that it does not cost the next one. */
  settle(): Promise<void>;
}

/** Starts the embedded server, as the product does. */
export async function startServer(): Promise<BenchServer> {
  await using started = new AsyncDisposableStack();
  const directory = await temporaryFolder("server");
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const server = started.use(await openEmbedded({ stateDir: directory, root: directory }));
  const admin = started.use(await connectTo(server.connection, "public"));
  const [row] = await admin.query<{ version: string; folder: string }>(
    `select current_setting('server_version') as version,
            current_setting('data_directory') as folder`,
  );
  const pid = parseInt(await readFile(join(row?.folder ?? "", "postmaster.pid"), "utf8"), 10);
  const resources = started.move();
  return {
    version: row?.version ?? "unknown",
    cpuMs: () => treeCpuMs(pid),
    async create(name, template = "template0") {
      await admin.query(`create database ${name} template ${template}`);
      return { ...server.connection, database: name };
    },
    async drop(name) {
      await admin.query(`drop database if exists ${name} with (force)`);
    },
    async settle() {
      await admin.query("checkpoint");
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Connects as the programs of this project do. */
export function connectTo(address: ConnectionAddress, schema: string = SCHEMA): Promise<Database> {
  return connect({
    url: address,
    schema,
    applicationName: "bench",
    maxConnections: 4,
    pooled: false,
  });
}

/** The address as a URL that every client understands; the socket's folder is a parameter. */
export function toUrl({ host, username, password, database }: ConnectionAddress): string {
  const query = new URLSearchParams({ host });
  return `postgres://${username}:${password}@localhost/${database}?${query.toString()}`;
}

/** A folder that the server's own user can enter when the benchmark runs as root. */
export async function temporaryFolder(purpose: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `cronverge-bench-${purpose}-`));
  await chmod(folder, 0o711);
  return folder;
}
