import { setTimeout as delay } from "node:timers/promises";
import { readFile } from "node:fs/promises";
import { SchedulerError } from "../model/errors.ts";
import type { ConnectionAddress } from "./connection-address.ts";
import { Client } from "./connection-client.ts";
import { isUnavailable } from "./connection-errors.ts";
import { USERNAME } from "./embedded-cluster.ts";
import type { EmbeddedLocation } from "./embedded-location.ts";
import { stopServer } from "./embedded-process.ts";
import { ensureRunning, type RunningServer } from "./embedded-server.ts";

/** Asked by the last process out, over its own connection; false keeps the server running. */
export type MayStop = (query: <Row>(text: string) => Promise<Row[]>) => Promise<boolean>;

/** Any constant: the lock's name within the server. */
const ATTACHED_LOCK = "7233981920614502";
const ATTACH_MS = 60_000;
const RETRY_MS = 50;
const REATTACH_MS = 1_000;

/**
 * This process's claim that the server is in use: a shared lock on a connection of its own, which
 * the server drops when the process dies. When the connection is lost, the server is brought back
 * if need be, and the lock taken again.
 */
export class Attachment {
  readonly address: ConnectionAddress;
  readonly adopted: boolean;
  readonly #location: EmbeddedLocation;
  #client: Client;
  #reattaching: Promise<void> = Promise.resolve();
  readonly #leaving = new AbortController();

  private constructor(location: EmbeddedLocation, attached: Attached) {
    this.#location = location;
    this.#client = attached.client;
    this.address = attached.address;
    this.adopted = attached.server.adopted;
    this.#watch();
  }

  static async open(location: EmbeddedLocation): Promise<Attachment> {
    return new Attachment(location, await attach(location));
  }

  /**
   * Gives the claim up. The last one out stops the server; it holds the lock exclusively meanwhile,
   * so that a newcomer waits and then starts it anew.
   */
  async leave(mayStop: MayStop): Promise<"stopped" | "in_use"> {
    this.#leaving.abort();
    await this.#reattaching;
    const client = this.#client;
    try {
      await client.run(`select pg_advisory_unlock_shared(${ATTACHED_LOCK})`, []);
      const [lock] = await client.run<{ taken: boolean }>(
        `select pg_try_advisory_lock(${ATTACHED_LOCK}) as taken`,
        [],
      );
      if (lock?.taken !== true) return "in_use";
      if (!(await mayStop((text) => client.run(text, [])))) return "in_use";
      await stopServer(this.#location);
      return "stopped";
    } catch (error) {
      // Whoever has stopped the server, or starts it again, has taken over.
      if (isUnavailable(error)) return "in_use";
      throw error;
    } finally {
      await client.close();
    }
  }

  #watch(): void {
    this.#client.onLost = () => {
      if (!this.#leaving.signal.aborted) this.#reattaching = this.#reattach();
    };
  }

  async #reattach(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      try {
        this.#client = (await attach(this.#location, signal)).client;
        this.#watch();
        return;
      } catch {
        // Whoever needs the database reports that it is not there; here it is only tried again.
        await delay(REATTACH_MS, undefined, { signal }).catch(() => {});
      }
    }
  }
}

interface Attached {
  client: Client;
  address: ConnectionAddress;
  server: RunningServer;
}

async function attach(location: EmbeddedLocation, signal?: AbortSignal): Promise<Attached> {
  const deadlineAt = performance.now() + ATTACH_MS;
  for (;;) {
    const server = await ensureRunning(location, signal);
    const address = await readAddress(location, server);
    try {
      const applicationName = "cronverge attachment";
      const client = await Client.open({ address, schema: null, applicationName });
      await client.run(`select pg_advisory_lock_shared(${ATTACHED_LOCK})`, []);
      return { client, address, server };
    } catch (error) {
      // The last one out was just stopping it.
      if (!isUnavailable(error) || performance.now() > deadlineAt) throw error;
      await delay(RETRY_MS);
    }
  }
}

/** How to reach a server that runs. */
export async function readAddress(
  location: EmbeddedLocation,
  server: Pick<RunningServer, "socketDir">,
): Promise<ConnectionAddress> {
  const password = await readFile(location.passwordFile, "utf8").catch((error: unknown) => {
    const message = `the embedded database in ${location.server} belongs to another user`;
    throw new SchedulerError("unsupported", message, {
      help: "run as that user, use another state directory, or set database.url",
      cause: error,
    });
  });
  return {
    host: server.socketDir,
    port: 5432,
    database: "postgres",
    username: USERNAME,
    password,
    ssl: "disable",
    parameters: {},
  };
}
