import { spawn, type ChildProcess } from "node:child_process";
import { chown, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SchedulerError } from "../model/errors.ts";
import { findPostgresPackage, materializeBinaries } from "./embedded-binaries.ts";
import { ensureCluster } from "./embedded-cluster.ts";
import {
  makeEnterable,
  prepareSocketDirectory,
  type EmbeddedLocation,
} from "./embedded-location.ts";
import { tryStartLock } from "./embedded-lock.ts";
import { inspectServer, pidFile } from "./embedded-process.ts";
import { SERVER_ENVIRONMENT, startProgram } from "./embedded-program.ts";

export interface RunningServer {
  socketDir: string;
  /** It ran already. */
  adopted: boolean;
}

/** For the slowest start: recovery after a crash, on a busy machine. */
const START_MS = 60_000;
const POLL_MS = 10;

/**
 * Finds the server running, or creates and starts it. Any number of processes may do this at once.
 *
 * @throws SchedulerError `unsupported` when this machine cannot run it, `database_failed`; the
 * reason of the signal
 */
export async function ensureRunning(
  location: EmbeddedLocation,
  signal?: AbortSignal,
): Promise<RunningServer> {
  const deadlineAt = performance.now() + START_MS;
  await makeEnterable(location.base);
  while (performance.now() < deadlineAt) {
    signal?.throwIfAborted();
    const server = await inspectServer(location);
    if (server.state === "ready") return { socketDir: server.socketDir, adopted: true };
    if (server.state === "stopped") {
      const socketDir = await startLocked(location, deadlineAt);
      if (socketDir !== null) return { socketDir, adopted: false };
    }
    await delay(POLL_MS);
  }
  throw new SchedulerError("database_failed", "the embedded PostgreSQL does not become ready", {
    help: `see ${location.logFile}`,
  });
}

/** Null when it is not our turn, or the server refused to start now but may later. */
async function startLocked(location: EmbeddedLocation, deadlineAt: number): Promise<string | null> {
  await using lock = await tryStartLock(location.lockFile);
  if (lock === null) return null;
  // Between the look and the lock another process may have started it.
  const server = await inspectServer(location);
  if (server.state !== "stopped") return null;
  const source = findPostgresPackage();
  const binaries = materializeBinaries(source, location);
  await ensureCluster(location, { source, binaries });
  if (server.stalePidFile !== null) await removeStalePidFile(location, server.stalePidFile);
  const socketDir = await prepareSocketDirectory(location);
  const child = await spawnServer(location, { binaries, socketDir });
  return (await waitUntilReady(child, { location, deadlineAt })) ? socketDir : null;
}

/** Moved away and looked at again, so that a file written a moment ago is never removed. */
async function removeStalePidFile(location: EmbeddedLocation, stale: string): Promise<void> {
  const moved = `${pidFile(location)}.stale`;
  await rename(pidFile(location), moved).catch(() => {});
  const text = await readFile(moved, "utf8").catch(() => stale);
  if (text === stale) await rm(moved, { force: true });
  else await rename(moved, pidFile(location));
}

/** Detached, so that neither Ctrl-C nor the end of this process reaches it. */
async function spawnServer(
  location: EmbeddedLocation,
  options: { binaries: string; socketDir: string },
): Promise<ChildProcess> {
  const { users } = location;
  await rename(location.logFile, `${location.logFile}.1`).catch(() => {});
  await using log = await open(location.logFile, "a", 0o600);
  if (users !== null) await chown(location.logFile, users.run.uid, users.run.gid);
  const settings = { ...SETTINGS, unix_socket_directories: options.socketDir };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const program = join(options.binaries, "bin", "postgres");
  const child = await startProgram(program, () =>
    spawn(program, ["-D", location.data, ...flags], {
      cwd: location.server,
      env: SERVER_ENVIRONMENT,
      stdio: ["ignore", log.fd, log.fd],
      detached: true,
      ...(users !== null && { uid: users.run.uid, gid: users.run.gid }),
    }),
  );
  child.unref();
  return child;
}

/** Small: it serves the bookkeeping of one project, beside that project's own work. */
const SETTINGS: Record<string, string> = {
  listen_addresses: "",
  max_connections: "60",
  shared_buffers: "16MB",
  // By itself half a megabyte: a statement that ends hundreds of runs would write it out on its way.
  wal_buffers: "4MB",
  io_method: "sync",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_logical_replication_workers: "0",
  max_worker_processes: "2",
  max_parallel_workers: "0",
  autovacuum_worker_slots: "2",
  autovacuum_max_workers: "2",
  jit: "off",
  timezone: "UTC",
  // A statement of a client that vanished ends soon, and with it the locks it holds.
  client_connection_check_interval: "2s",
  log_checkpoints: "off",
  // Statements may hold what a job wrote; the log does not need it.
  log_min_error_statement: "panic",
};

/**
 * True when it accepts connections. False when it ended because the processes of a former life are
 * still around, which takes them a moment.
 */
async function waitUntilReady(
  child: ChildProcess,
  options: { location: EmbeddedLocation; deadlineAt: number },
): Promise<boolean> {
  const { location, deadlineAt } = options;
  while (performance.now() < deadlineAt) {
    const server = await inspectServer(location);
    if (server.state === "ready" && server.pid === child.pid) return true;
    if (child.exitCode !== null || child.signalCode !== null) {
      const log = await readFile(location.logFile, "utf8").catch(() => "");
      if (FORMER_LIFE.test(log)) return false;
      const message = `the embedded PostgreSQL does not start: ${log.trim().slice(-1_000)}`;
      throw new SchedulerError("database_failed", message, { help: `see ${location.logFile}` });
    }
    await delay(5);
  }
  return false;
}

const FORMER_LIFE = /pre-existing shared memory block|lock file ".*" already exists/;
