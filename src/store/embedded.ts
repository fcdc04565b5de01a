import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConnectionAddress } from "./connection-address.ts";
import { Attachment, readAddress, type MayStop } from "./embedded-attachment.ts";
import { findEmbedded, locateEmbedded } from "./embedded-location.ts";
import { inspectServer } from "./embedded-process.ts";

export type { MayStop } from "./embedded-attachment.ts";

export interface EmbeddedOptions {
  /** Where the data lives, unless the server's user cannot enter it. */
  stateDir: string;
  /** The project, named beside data that had to live elsewhere. */
  root: string;
}

/** A PostgreSQL server on this machine that runs as long as somebody has it open. */
export interface EmbeddedServer extends AsyncDisposable {
  connection: ConnectionAddress;
  /** It ran already, for another process or since one that died. */
  adopted: boolean;
}

/**
 * Creates, starts or adopts the PostgreSQL server of the state directory. The last process that
 * disposes it stops it, if `mayStop` agrees; a process that dies leaves it to the next one.
 *
 * @throws SchedulerError `unsupported` when this machine cannot run it, with what to do instead;
 * `database_failed` when it does not start
 */
export async function openEmbedded(
  options: EmbeddedOptions & { mayStop?: MayStop },
): Promise<EmbeddedServer> {
  const { mayStop = () => Promise.resolve(true) } = options;
  const attachment = await Attachment.open(await locateEmbedded(options));
  return {
    connection: attachment.address,
    adopted: attachment.adopted,
    async [Symbol.asyncDispose]() {
      await attachment.leave(mayStop);
    },
  };
}

/** Stops a server that nobody uses, such as one that outlived its last user. */
export async function stopEmbedded(
  options: EmbeddedOptions & { mayStop: MayStop },
): Promise<"stopped" | "in_use" | "not_running"> {
  const location = await locateEmbedded(options);
  if ((await inspectServer(location)).state === "stopped") return "not_running";
  return (await Attachment.open(location)).leave(options.mayStop);
}

/** Where the server's data is, and its process, or null when it is not running. */
export async function embeddedStatus(
  options: EmbeddedOptions,
): Promise<{ directory: string; pid: number | null }> {
  const location = await locateEmbedded(options);
  const server = await inspectServer(location);
  return { directory: location.base, pid: server.state === "stopped" ? null : server.pid };
}

/** What is on the disk of an embedded database, and its process. */
export interface EmbeddedFacts {
  /** What holds the data, the password and the log: as a whole, it can be moved away. */
  directory: string;
  /** Null: it does not run. */
  pid: number | null;
  /** Of PostgreSQL, such as `18`, that made the data. */
  major: string;
  logFile: string;
}

/** Null where there is no data yet. Looks only, and makes nothing. */
export async function findEmbeddedFacts(
  options: Pick<EmbeddedOptions, "stateDir">,
): Promise<EmbeddedFacts | null> {
  const location = await findEmbedded(options);
  if (location === null) return null;
  const server = await inspectServer(location);
  const major = await readFile(join(location.data, "PG_VERSION"), "utf8").catch(() => "");
  return {
    directory: location.server,
    pid: server.state === "stopped" ? null : server.pid,
    major: major.trim(),
    logFile: location.logFile,
  };
}

/** How to reach the server if it runs; nothing is started for it. */
export async function embeddedAddress(
  options: Pick<EmbeddedOptions, "stateDir">,
): Promise<ConnectionAddress | null> {
  const location = await findEmbedded(options);
  const server = location === null ? null : await inspectServer(location);
  if (location === null || server?.state !== "ready") return null;
  return readAddress(location, server);
}
