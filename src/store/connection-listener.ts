import { Client, type ClientOptions } from "./connection-client.ts";
import { connectionLost } from "./connection-errors.ts";

const HEARTBEAT_MS = 20_000;
const HEARTBEAT_DEADLINE_MS = 5_000;
const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 5_000;

/**
 * LISTEN on a connection of its own, which is opened again whenever it is lost. A notification that
 * came in between is lost, so every (re)subscription wakes too, and nobody may rely on a count.
 */
export class Listener {
  readonly #options: ClientOptions;
  readonly #wakes = new Map<string, Set<() => void>>();
  /** The connection, or the attempt to open it; null while nobody listens or it is lost. */
  #connecting: Promise<Client> | null = null;
  #reconnectTimer: NodeJS.Timeout | null = null;
  #heartbeatTimer: NodeJS.Timeout | null = null;
  #reconnectDelayMs: number = RECONNECT_MIN_MS;
  #closed = false;

  constructor(options: ClientOptions) {
    this.#options = { ...options, onNotify: (channel) => this.#wake(channel) };
  }

  /**
   * Calls `onWake` once now, at each notification and after each reconnect, until disposed.
   *
   * @throws SchedulerError `database_unavailable` when the first subscription fails
   */
  async subscribe(channel: string, onWake: () => void): Promise<AsyncDisposable> {
    const wakes = this.#wakes.get(channel) ?? new Set();
    this.#wakes.set(channel, wakes.add(onWake));
    const unsubscribe = async (): Promise<void> => {
      wakes.delete(onWake);
      if (wakes.size > 0 || this.#wakes.get(channel) !== wakes) return;
      this.#wakes.delete(channel);
      const client = await this.#connecting?.catch(() => null);
      await client?.run(`unlisten ${quoted(channel)}`, []).catch(() => {});
    };
    try {
      const client = await this.#connect();
      // Repeating LISTEN for a channel does nothing, so a new connection's own loop may race it.
      await client.run(`listen ${quoted(channel)}`, []);
    } catch (error) {
      await unsubscribe();
      throw error;
    }
    onWake();
    return { [Symbol.asyncDispose]: unsubscribe };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wakes.clear();
    clearTimeout(this.#reconnectTimer ?? undefined);
    clearInterval(this.#heartbeatTimer ?? undefined);
    const client = await this.#connecting?.catch(() => null);
    await client?.close();
  }

  #connect(): Promise<Client> {
    this.#connecting ??= this.#open().catch((error: unknown) => {
      this.#connecting = null;
      throw error;
    });
    return this.#connecting;
  }

  async #open(): Promise<Client> {
    const client = await Client.open(this.#options);
    if (this.#closed) {
      await client.close();
      throw connectionLost("the database was closed");
    }
    for (const channel of this.#wakes.keys()) await client.run(`listen ${quoted(channel)}`, []);
    this.#heartbeatTimer = setInterval(() => void heartbeat(client), HEARTBEAT_MS);
    this.#heartbeatTimer.unref();
    client.onLost = () => this.#reconnectLater();
    return client;
  }

  #reconnectLater(): void {
    clearInterval(this.#heartbeatTimer ?? undefined);
    this.#connecting = null;
    if (this.#closed) return;
    const delayMs = this.#reconnectDelayMs * (0.5 + Math.random() / 2);
    this.#reconnectDelayMs = Math.min(this.#reconnectDelayMs * 2, RECONNECT_MAX_MS);
    this.#reconnectTimer = setTimeout(() => void this.#reconnect(), delayMs);
  }

  async #reconnect(): Promise<void> {
    if (this.#closed || this.#wakes.size === 0) return;
    try {
      await this.#connect();
      this.#reconnectDelayMs = RECONNECT_MIN_MS;
      for (const channel of this.#wakes.keys()) this.#wake(channel);
    } catch {
      // Polling goes on without us, and the next attempt may succeed.
      this.#reconnectLater();
    }
  }

  #wake(channel: string): void {
    for (const onWake of this.#wakes.get(channel) ?? []) onWake();
  }
}

/** A silent connection may be half-open; only an answer shows that it is not. */
async function heartbeat(client: Client): Promise<void> {
  const timer = setTimeout(() => {
    client.destroy(connectionLost("the server stopped answering"));
  }, HEARTBEAT_DEADLINE_MS);
  await client.run("select", []).catch(() => {});
  clearTimeout(timer);
}

function quoted(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`;
}
