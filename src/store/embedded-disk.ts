import { lstat, readdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findEmbedded } from "./embedded-location.ts";

/** The files of an embedded database, as they lie there. */
export interface EmbeddedDisk {
  /** Holds data and password. */
  directory: string;
  /** Permission bits. */
  directoryMode: number;
  passwordMode: number | null;
  /** Left to us. */
  freeBytes: number;
  /** As `statfs` gives it. */
  fileSystem: number;
  /** What starts that were cut left behind, as paths. */
  leftovers: string[];
}

/** Null where there is no data yet. */
export async function readEmbeddedDisk(options: {
  stateDir: string;
}): Promise<EmbeddedDisk | null> {
  const location = await findEmbedded(options);
  if (location === null) return null;
  const { server, base, passwordFile } = location;
  const [directory, password, disk, names] = await Promise.all([
    stat(server),
    lstat(passwordFile).catch(() => null),
    statfs(server),
    readdir(base).catch((): string[] => []),
  ]);
  return {
    directory: server,
    directoryMode: directory.mode & 0o777,
    passwordMode: password === null ? null : password.mode & 0o777,
    freeBytes: disk.bavail * disk.bsize,
    fileSystem: disk.type,
    leftovers: (await olderThanStart(base, names)).map((name) => join(dirname(server), name)),
  };
}

const START_MS = 10 * 60_000;

/** Drafts of directories, which have their name only when they are whole. */
async function olderThanStart(base: string, names: readonly string[]): Promise<string[]> {
  const drafts = names.filter((name) => /\.new-\d+$/.test(name));
  const old: string[] = [];
  for (const name of drafts) {
    const found = await lstat(join(base, name)).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > START_MS) old.push(name);
  }
  return old;
}
