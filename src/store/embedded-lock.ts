import { randomUUID } from "node:crypto";
import { readFile, rm, stat, writeFile } from "node:fs/promises";

const TOKEN = randomUUID();
const STALE_MS = 30_000;
const UNWRITTEN_MS = 2_000;

/**
 * Takes the right to create and start the server, or returns null when another process has it.
 *
 * It only spares work: should two processes ever both have it (a lock left behind by a crash is
 * broken), every step under it is still safe, because directories appear by rename and PostgreSQL
 * guards its data itself.
 */
export async function tryStartLock(file: string): Promise<AsyncDisposable | null> {
  try {
    await writeFile(file, `${process.pid} ${TOKEN}`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    if (await isStale(file)) await rm(file, { force: true });
    return null;
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

async function isStale(file: string): Promise<boolean> {
  try {
    const ageMs = Date.now() - (await stat(file)).mtimeMs;
    const [pid, token] = (await readFile(file, "utf8")).split(" ");
    if (pid === undefined || token === undefined) return ageMs > UNWRITTEN_MS;
    // In a container a new life of ours may well have the pid of the one that crashed.
    if (Number(pid) === process.pid) return token !== TOKEN;
    return ageMs > STALE_MS || !isAlive(Number(pid));
  } catch {
    // It has just been released.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
