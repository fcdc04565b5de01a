import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, chown, lstat, mkdir, realpath, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SchedulerError } from "../model/errors.ts";
import { canEnter, chooseUsers, type OsUser, type ServerUsers } from "./embedded-user.ts";

/** Where one embedded server keeps its things. */
export interface EmbeddedLocation {
  /** Holds the programs, one directory per version, and `server`. */
  base: string;
  /** Mode 0700, owned by the server's user: data, password, log and, if short enough, socket. */
  server: string;
  data: string;
  passwordFile: string;
  logFile: string;
  lockFile: string;
  /** Null: everything belongs to ourselves. */
  users: ServerUsers | null;
}

/** A unix socket's path has at most 107 bytes, and `/.s.PGSQL.5432` takes 14 of them. */
const SOCKET_DIRECTORY_BYTES = 93;
const ROOT_BASE = "/var/lib/cronverge";

/**
 * The place below the state directory; for root whose server cannot enter it (a 0700 home), one
 * below `/var/lib/cronverge`. Data that exists decides, so that a changed mode of a parent
 * directory cannot make the scheduler forget everything.
 *
 * @throws SchedulerError `unsupported`
 */
export async function locateEmbedded(options: {
  stateDir: string;
  root: string;
}): Promise<EmbeddedLocation> {
  const users = chooseUsers();
  await mkdir(options.stateDir, { recursive: true, mode: users === null ? 0o700 : 0o711 });
  const stateDir = await realpath(options.stateDir);
  const found = await locateExisting(stateDir, users);
  const inState = locationIn(join(stateDir, "postgres"), users);
  if (found !== null || users === null) return found ?? inState;
  const inRootBase = rootLocation(stateDir, users);
  if (canEnter(stateDir, users.run)) return inState;
  await makeEnterable(ROOT_BASE);
  await makeEnterable(inRootBase.base);
  await writeFile(join(inRootBase.base, "project"), `${options.root}\n${stateDir}\n`);
  return inRootBase;
}

/**
 * The place where data is, or null; makes nothing.
 *
 * @throws SchedulerError `unsupported` when its owner cannot enter it
 */
export async function findEmbedded(options: {
  stateDir: string;
}): Promise<EmbeddedLocation | null> {
  const stateDir = await realpath(options.stateDir).catch(() => null);
  return stateDir === null ? null : locateExisting(stateDir, chooseUsers());
}

async function locateExisting(
  stateDir: string,
  users: ServerUsers | null,
): Promise<EmbeddedLocation | null> {
  const places = [locationIn(join(stateDir, "postgres"), users)];
  if (users !== null) places.push(rootLocation(stateDir, users));
  const found = places.find(({ data }) => existsSync(data));
  if (found === undefined || users === null) return found ?? null;
  return ownedBy(await stat(found.data), found);
}

function rootLocation(stateDir: string, users: ServerUsers): EmbeddedLocation {
  return locationIn(join(ROOT_BASE, shortHash(stateDir)), users);
}

/** Makes a directory that the server's user can enter, whatever our umask is. */
export async function makeEnterable(directory: string): Promise<void> {
  const created = await mkdir(directory, { recursive: true });
  if (created !== undefined) await chmod(directory, 0o755);
}

/**
 * The directory for the server's socket, made if it is missing.
 *
 * @throws SchedulerError `unsupported` when somebody else made a directory of that name
 */
export async function prepareSocketDirectory(location: EmbeddedLocation): Promise<string> {
  if (Buffer.byteLength(location.server) <= SOCKET_DIRECTORY_BYTES) return location.server;
  const uid = location.users?.run.uid ?? process.getuid?.() ?? 0;
  const directory = join(tmpdir(), `cronverge-${uid}-${shortHash(location.server)}`);
  try {
    await mkdir(directory, { mode: 0o700 });
    if (location.users !== null)
      await chown(directory, location.users.run.uid, location.users.run.gid);
  } catch (error) {
    if (!existsSync(directory)) throw error;
  }
  // Anybody may create names in the temporary directory, so an existing one proves nothing.
  const found = await lstat(directory);
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return directory;
  throw new SchedulerError("unsupported", `the directory ${directory} belongs to somebody else`, {
    help: "remove it, use a state directory with a shorter path, or set database.url",
  });
}

function locationIn(base: string, users: ServerUsers | null): EmbeddedLocation {
  const server = join(base, "server");
  return {
    base,
    server,
    data: join(server, "data"),
    passwordFile: join(server, "password"),
    logFile: join(server, "server.log"),
    lockFile: join(base, "start.lock"),
    users,
  };
}

/** Data that another user of the machine made is served as that user, also for root. */
function ownedBy(owner: OsUser, location: EmbeddedLocation): EmbeddedLocation {
  const run = { uid: owner.uid, gid: owner.gid };
  if (canEnter(location.base, run)) return { ...location, users: { init: run, run } };
  const message = `the owner of the embedded database (uid ${run.uid}) cannot enter ${location.base}`;
  throw new SchedulerError("unsupported", message, {
    help: "give the directories above it the x permission for others, or set database.url",
  });
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
