import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chown, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ConnectionAddress } from "../../src/store/connection.ts";
import { USERNAME } from "../../src/store/embedded-cluster.ts";
import {
  locateEmbedded,
  makeEnterable,
  prepareSocketDirectory,
  type EmbeddedLocation,
} from "../../src/store/embedded-location.ts";
import { inspectServer } from "../../src/store/embedded-process.ts";
import { SERVER_ENVIRONMENT, startProgram } from "../../src/store/embedded-program.ts";

/** A PostgreSQL of this machine with data of its own, which can be killed and brought back. */
export interface InstalledServer extends AsyncDisposable {
  connection: ConnectionAddress;
  /** kill -9 of its first process; the others see that and end. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

const START_MS = 30_000;

/**
 * Starts the PostgreSQL whose programs are in `bin`, with its data below the directory. Its settings
 * are its own defaults, and text is in the order of a language: both as people have it, and both
 * unlike the embedded server.
 */
export async function startInstalled(bin: string, directory: string): Promise<InstalledServer> {
  const location = await locate(directory);
  const password = randomBytes(24).toString("base64url");
  await createCluster(bin, location, password);
  const host = await prepareSocketDirectory(location);
  const start = (): Promise<ChildProcess> => startServer(bin, location, host);
  let server = await start();
  const address = { host, port: 5432, database: "postgres", username: USERNAME, password };
  return {
    connection: { ...address, ssl: "disable", parameters: {} },
    kill: () => end(server, "SIGKILL"),
    async start() {
      server = await start();
    },
    // Ends the transactions under way, and then the server.
    [Symbol.asyncDispose]: () => end(server, "SIGINT"),
  };
}

/** The places of an embedded server. An installed one has one user, who makes and runs it. */
async function locate(directory: string): Promise<EmbeddedLocation> {
  const location = await locateEmbedded({ stateDir: directory, root: directory });
  const user = location.users?.init;
  return user === undefined ? location : { ...location, users: { init: user, run: user } };
}

async function createCluster(
  bin: string,
  location: EmbeddedLocation,
  password: string,
): Promise<void> {
  await makeEnterable(location.base);
  await mkdir(location.server, { mode: 0o700 });
  await writeFile(location.passwordFile, password, { mode: 0o600 });
  if (location.users !== null) {
    const { uid, gid } = location.users.run;
    for (const path of [location.server, location.passwordFile]) await chown(path, uid, gid);
  }
  const initdb = await run(join(bin, "initdb"), location, [
    `--pgdata=${location.data}`,
    `--username=${USERNAME}`,
    `--pwfile=${location.passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=icu",
    "--icu-locale=en-US",
    "--wal-segsize=1",
    "--no-sync",
  ]);
  await ended(initdb);
  if (initdb.exitCode !== 0) throw await failure(location);
}

/** Tried again while the processes of a killed one are still around. */
async function startServer(
  bin: string,
  location: EmbeddedLocation,
  socketDir: string,
): Promise<ChildProcess> {
  const settings = ["listen_addresses=", `unix_socket_directories=${socketDir}`];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  const deadlineAt = performance.now() + START_MS;
  while (performance.now() < deadlineAt) {
    const server = await run(join(bin, "postgres"), location, ["-D", location.data, ...flags]);
    while (!hasEnded(server) && performance.now() < deadlineAt) {
      const found = await inspectServer(location);
      if (found.state === "ready" && found.pid === server.pid) {
        // A test file that forgot it must be able to end, and ends it.
        server.unref();
        return server;
      }
      await delay(10);
    }
    await end(server, "SIGKILL");
  }
  throw await failure(location);
}

async function run(
  program: string,
  location: EmbeddedLocation,
  flags: string[],
): Promise<ChildProcess> {
  await using log = await open(location.logFile, "a");
  const child = await startProgram(program, () =>
    spawn(program, flags, {
      cwd: location.server,
      env: SERVER_ENVIRONMENT,
      stdio: ["ignore", log.fd, log.fd],
      ...(location.users && { uid: location.users.run.uid, gid: location.users.run.gid }),
    }),
  );
  process.once("exit", () => child.kill("SIGINT"));
  return child;
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  server.ref();
  server.kill(signal);
  await ended(server);
}

async function ended(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) await once(child, "exit");
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function failure(location: EmbeddedLocation): Promise<Error> {
  const log = await readFile(location.logFile, "utf8");
  return new Error(`the installed PostgreSQL does not start: ${log.trim().slice(-1_000)}`);
}
