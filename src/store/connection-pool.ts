import { SchedulerError } from "../model/errors.ts";
import { Client, type ClientOptions } from "./connection-client.ts";
import { connectionLost, toDatabaseError } from "./connection-errors.ts";

const IDLE_MS = 60_000;
const LIFETIME_MS = 30 * 60_000;

/** Up to `size` clients, each lent to one user at a time; a lost one is forgotten at once. */
export class Pool {
  readonly #options: ClientOptions;
  readonly #size: number;
  readonly #clients = new Set<Client>();
  readonly #idle: { client: Client; timer: NodeJS.Timeout }[] = [];
  /** Each is given a client, or null: the right to open one. */
  readonly #waiting: ((client: Client | null) => void)[] = [];
  /** Clients that exist or are being opened. */
  #count = 0;
  #closed = false;

  constructor(options: ClientOptions, size: number) {
    this.#options = options;
    this.#size = size;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Lends a client, waiting for one until `deadlineAt` by `performance.now()`, or until the signal is
   * aborted, with whose reason it then rejects.
   *
   * @throws SchedulerError `database_unavailable`
   */
  async acquire(deadlineAt: number, signal?: AbortSignal): Promise<Client> {
    signal?.throwIfAborted();
    if (this.#closed) throw toDatabaseError(connectionLost("the database was closed"));
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      clearTimeout(idle.timer);
      return idle.client;
    }
    if (this.#count < this.#size) {
      this.#count += 1;
      return this.#open();
    }
    return (await this.#waitForTurn(deadlineAt, signal)) ?? this.#open();
  }

  release(client: Client): void {
    if (client.isLost) return;
    if (this.#closed || performance.now() - client.openedAt > LIFETIME_MS) {
      void client.close();
      return;
    }
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next(client);
      return;
    }
    const timer = setTimeout(() => {
      // First out of the list, so that nobody is lent a client that is about to close.
      this.#takeFromIdle(client);
      void client.close();
    }, IDLE_MS);
    timer.unref();
    this.#idle.push({ client, timer });
  }

  /** Closes idle clients, drops those in use, and turns away who waits. */
  async close(): Promise<void> {
    const idle = new Set(this.#idle.map(({ client }) => client));
    const retired = this.retire();
    for (const client of this.#clients.difference(idle)) {
      client.destroy(connectionLost("the database was closed"));
    }
    await retired;
  }

  /** The same, but those in use are closed when they are released. */
  async retire(): Promise<void> {
    this.#closed = true;
    for (const next of this.#waiting.splice(0)) next(null);
    const idle = this.#idle.splice(0);
    for (const { timer } of idle) clearTimeout(timer);
    await Promise.all(idle.map(({ client }) => client.close()));
  }

  /** Uses up a place that the caller has taken in `#count`. */
  async #open(): Promise<Client> {
    try {
      if (this.#closed) throw connectionLost("the database was closed");
      const client = await Client.open(this.#options);
      this.#clients.add(client);
      client.onLost = () => this.#forget(client);
      if (this.#closed) client.destroy(connectionLost("the database was closed"));
      return client;
    } catch (error) {
      this.#passOnPlace();
      throw toDatabaseError(error);
    }
  }

  #forget(client: Client): void {
    this.#clients.delete(client);
    this.#takeFromIdle(client);
    this.#passOnPlace();
  }

  #takeFromIdle(client: Client): void {
    const index = this.#idle.findIndex((idle) => idle.client === client);
    if (index >= 0) clearTimeout(this.#idle.splice(index, 1)[0]?.timer);
  }

  #passOnPlace(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#count -= 1;
    else next(null);
  }

  #waitForTurn(deadlineAt: number, signal?: AbortSignal): Promise<Client | null> {
    const { promise, resolve, reject } = Promise.withResolvers<Client | null>();
    const turn = (client: Client | null): void => {
      stop();
      resolve(client);
    };
    const leave = (error: unknown): void => {
      stop();
      this.#waiting.splice(this.#waiting.indexOf(turn), 1);
      reject(error);
    };
    const late = (): void => {
      const message = `all ${this.#size} database connections were in use until the deadline`;
      leave(new SchedulerError("database_unavailable", message));
    };
    const aborted = (): void => leave(signal?.reason);
    const waitMs = Math.max(0, deadlineAt - performance.now());
    const timer = waitMs === Infinity ? undefined : setTimeout(late, waitMs);
    const stop = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
    };
    signal?.addEventListener("abort", aborted, { once: true });
    this.#waiting.push(turn);
    return promise;
  }
}
