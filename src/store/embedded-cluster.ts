import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, lchown, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { SchedulerError } from "../model/errors.ts";
import type { PostgresPackage } from "./embedded-binaries.ts";
import type { EmbeddedLocation } from "./embedded-location.ts";
import { cannotRun, SERVER_ENVIRONMENT, startProgram } from "./embedded-program.ts";
import type { OsUser, ServerUsers } from "./embedded-user.ts";

export const USERNAME = "cronverge";

/**
 * Creates the data directory with one user and a random password, unless it exists. It is made
 * under another name and renamed, so that what exists is complete.
 *
 * @throws SchedulerError `unsupported` when the data is of another major version of PostgreSQL, or
 * this machine cannot run it
 */
export async function ensureCluster(
  location: EmbeddedLocation,
  options: { source: PostgresPackage; binaries: string },
): Promise<void> {
  const found = await readFile(join(location.data, "PG_VERSION"), "utf8").catch(() => null);
  if (found !== null) return checkMajor(found.trim(), location, options.source);
  const draft = `${location.server}.new-${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  try {
    await initialize(draft, { binaries: options.binaries, users: location.users });
    await rename(draft, location.server);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was first: rename refuses a target that is not empty.
    if (!isNotEmpty(error)) throw error;
  }
}

function checkMajor(found: string, location: EmbeddedLocation, source: PostgresPackage): void {
  if (found === source.major) return;
  const message = `the data in ${location.data} is of PostgreSQL ${found}, and this version of Cronverge has ${source.major}`;
  throw new SchedulerError("unsupported", message, {
    help: `with a version of Cronverge that has PostgreSQL ${found}, such as the one that made it, run \`cronverge db export FILE\`; then move ${location.server} away, and here run \`cronverge db import FILE\``,
  });
}

async function initialize(
  server: string,
  options: { binaries: string; users: ServerUsers | null },
): Promise<void> {
  const { binaries, users } = options;
  const passwordFile = join(server, "password");
  await writeFile(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  if (users !== null) await chownTree(server, users.init);
  const flags = [
    `--pgdata=${join(server, "data")}`,
    `--username=${USERNAME}`,
    `--pwfile=${passwordFile}`,
    // A job may run as our own user; with a password it also needs the right to read the file.
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--wal-segsize=1",
    "--no-instructions",
  ];
  await runInitdb(join(binaries, "bin", "initdb"), { flags, cwd: server, user: users?.init });
  if (users === null) return;
  await chownTree(server, users.run);
  await chown(passwordFile, 0, 0);
}

async function runInitdb(
  program: string,
  options: { flags: string[]; cwd: string; user: OsUser | undefined },
): Promise<void> {
  const child = await startProgram(program, () =>
    spawn(program, options.flags, {
      cwd: options.cwd,
      env: SERVER_ENVIRONMENT,
      stdio: ["ignore", "ignore", "pipe"],
      ...(options.user && { uid: options.user.uid, gid: options.user.gid }),
    }),
  );
  const [[code], output] = await Promise.all([once(child, "close"), text(child.stderr)]);
  if (code === 0) return;
  if (output.includes("could not look up effective user ID")) {
    throw cannotRun(program, `the user ${process.getuid?.()} has no name on this machine`);
  }
  throw new SchedulerError("database_failed", `initdb failed: ${output.trim()}`);
}

async function chownTree(path: string, user: OsUser): Promise<void> {
  await lchown(path, user.uid, user.gid);
  const entries = await readdir(path, { recursive: true });
  for (const entry of entries) await lchown(join(path, entry), user.uid, user.gid);
}

function isNotEmpty(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && /^(ENOTEMPTY|EEXIST)$/.test(String(error.code))
  );
}
