import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { SchedulerError } from "../model/errors.ts";
import type { EmbeddedLocation } from "./embedded-location.ts";

/** What the server's own pid file and the processes of the machine show. */
export type ServerProcess =
  | { state: "ready"; pid: number; socketDir: string }
  | { state: "busy"; pid: number }
  | { state: "stopped"; stalePidFile: string | null };

const STOP_MS = 20_000;

/**
 * Looks at the pid file. It may outlive its server (kill -9, power loss), and its pid may meanwhile
 * be another process, by which PostgreSQL itself would be misled for ever: so the process must be a
 * PostgreSQL that works in our data directory.
 */
export async function inspectServer(location: EmbeddedLocation): Promise<ServerProcess> {
  const text = await readFile(pidFile(location), "utf8").catch(() => null);
  if (text === null) return { state: "stopped", stalePidFile: null };
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return { state: "stopped", stalePidFile: text };
  const isOurs = await worksInData(pid, location.data);
  const socketDir = await findAnswering([lines[4] ?? "", location.server]);
  if (!isOurs && socketDir === null) return { state: "stopped", stalePidFile: text };
  const isReady = lines[7]?.trim() === "ready" && socketDir !== null;
  return isReady ? { state: "ready", pid, socketDir } : { state: "busy", pid };
}

/**
 * Stops the server: open transactions are rolled back, data is written, the process ends.
 *
 * @throws SchedulerError `database_failed` when it still runs after 20 s
 */
export async function stopServer(location: EmbeddedLocation): Promise<void> {
  const server = await inspectServer(location);
  if (server.state === "stopped") return;
  if (await worksInData(server.pid, location.data)) process.kill(server.pid, "SIGINT");
  const deadlineAt = performance.now() + STOP_MS;
  while ((await inspectServer(location)).state !== "stopped") {
    if (performance.now() > deadlineAt) {
      const message = `the embedded PostgreSQL (pid ${server.pid}) does not stop`;
      throw new SchedulerError("database_failed", message, { help: `see ${location.logFile}` });
    }
    await delay(5);
  }
}

export function pidFile(location: EmbeddedLocation): string {
  return join(location.data, "postmaster.pid");
}

async function worksInData(pid: number, data: string): Promise<boolean> {
  if (process.platform !== "linux") return (await readCommand(pid)).includes(data);
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
  if (name.trim() !== "postgres") return false;
  try {
    // The server's working directory is its data directory, by whatever path it was started.
    const [working, ours] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(data)]);
    return working.dev === ours.dev && working.ino === ours.ino;
  } catch {
    // Root of a container may not look, and a zombie has none.
    return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes(data);
  }
}

async function readCommand(pid: number): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]);
    return stdout;
  } catch {
    return "";
  }
}

/** The first of the directories in which a server listens; the pid file's is stale after a move. */
async function findAnswering(directories: string[]): Promise<string | null> {
  for (const directory of directories) {
    if (directory.startsWith("/") && (await answers(directory))) return directory;
  }
  return null;
}

function answers(directory: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ path: `${directory}/.s.PGSQL.5432` });
  socket.setTimeout(1_000, () => socket.destroy(new Error("silent")));
  socket.once("connect", () => {
    socket.destroy();
    resolve(true);
  });
  socket.once("error", () => resolve(false));
  return promise;
}
