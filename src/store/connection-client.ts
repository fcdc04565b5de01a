import type { Socket } from "node:net";
import postgres, { type Sql } from "postgres";
import type { SchedulerError } from "../model/errors.ts";
import { openSocket, type ConnectionAddress } from "./connection-address.ts";
import { requestCancel, type SessionKey } from "./connection-cancel.ts";
import { copyIn, copyOut, OutsideFailure } from "./connection-copy.ts";
import {
  connectionLost,
  isConnectionError,
  toDatabaseError,
  toLoginError,
} from "./connection-errors.ts";
import { COLUMN_TYPES } from "./connection-values.ts";

export interface ClientOptions {
  address: ConnectionAddress;
  /** Null: the server's own search path. */
  schema: string | null;
  applicationName: string;
  /** Absent: false, a session of its own. */
  pooled?: boolean;
  /**
   * Absent: true, the server itself ends statements of a minute and transactions that idle for five
   * seconds. False: it ends only what it does for a client that is gone.
   */
  limited?: boolean;
  onNotify?: (channel: string) => void;
}

/**
 * Longest run of one statement that the server allows: the backstop behind the deadlines, for a
 * client that vanished.
 */
export const STATEMENT_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * One connection. The driver is given no pool and never reconnects: it corrupts itself when a
 * query reaches a connection whose socket has closed, and hangs or crashes the process. So a client
 * is lost at the first error of its connection, everything under way on it is rejected at once, and
 * nothing is sent to it again.
 */
export class Client {
  /** When it was opened, by `performance.now()`. */
  readonly openedAt: number = performance.now();
  readonly #sql: Sql;
  /** Begins a transaction with its settings, where there is no session that has them; else null. */
  readonly #pooledBegin: string | null;
  readonly #pending = new Set<(error: SchedulerError) => void>();
  readonly #address: ConnectionAddress;
  #key: SessionKey | null = null;
  #socket: Socket | null = null;
  #lost: SchedulerError | null = null;
  /** The driver cannot go on after a copy that was cut in the middle, so the connection ends with it. */
  #spoiled = false;
  #onLost: () => void = () => {};

  private constructor(options: ClientOptions) {
    this.#pooledBegin = options.pooled === true ? pooledBegin(options) : null;
    this.#address = options.address;
    const driver = {
      ...driverOptions(options),
      onclose: () => this.destroy(connectionLost("the connection was closed")),
      // Not in the driver's types: a function that gives it a connected socket.
      socket: () => this.#openSocketOnce(),
    };
    this.#sql = postgres(driver);
  }

  /**
   * Connects and logs in.
   *
   * @throws SchedulerError `database_unavailable` after 5 s at most, `database_failed` when the
   * server refuses the user or the database.
   */
  static async open(options: ClientOptions): Promise<Client> {
    const client = new Client(options);
    const timer = setTimeout(() => {
      client.destroy(connectionLost(`no log-in within ${CONNECT_TIMEOUT_MS} ms`));
    }, CONNECT_TIMEOUT_MS);
    try {
      await client.run("select", []);
      if (options.limited === false) await client.#haveUsWatched();
      return client;
    } catch (error) {
      client.destroy(error);
      throw toLoginError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }

  /** Called once, at the moment the client is lost. */
  set onLost(listener: () => void) {
    this.#onLost = listener;
    if (this.#lost !== null) listener();
  }

  /** Runs one statement of a transaction, or one that needs no settings. */
  async run<Row>(text: string, parameters: (string | null)[]): Promise<Row[]> {
    const options = { prepare: this.#pooledBegin === null, simple: false };
    const rows = await this.#send(() => this.#sql.unsafe(text, parameters, options));
    this.#key ??= rows.state;
    // The driver cannot know what a statement returns: the caller of `query` declares it.
    return [...rows] as Row[];
  }

  /** Runs one statement as a transaction. */
  async runAlone<Row>(text: string, parameters: (string | null)[]): Promise<Row[]> {
    if (this.#pooledBegin === null) return this.run<Row>(text, parameters);
    await this.begin();
    try {
      const rows = await this.run<Row>(text, parameters);
      await this.run("commit", []);
      return rows;
    } catch (error) {
      await this.rollBack();
      throw error;
    }
  }

  async begin(): Promise<void> {
    if (this.#pooledBegin === null) await this.run("begin", []);
    else await this.script(this.#pooledBegin);
  }

  /** One that fails leaves a connection in an unknown state, which must not be lent again. */
  async rollBack(): Promise<void> {
    if (this.isLost) return;
    if (this.#spoiled) return this.destroy(connectionLost("a copy was cut in the middle"));
    try {
      await this.run("rollback", []);
    } catch (error) {
      this.destroy(error);
    }
  }

  /** Runs several statements without parameters, separated by semicolons, as one. */
  async script(text: string): Promise<void> {
    await this.#send(() => this.#sql.unsafe(text).simple());
  }

  /** Runs `copy … to stdout`; `take` gets its bytes piece by piece, no faster than it takes them. */
  copyOut(text: string, take: (chunk: Buffer) => Promise<void>): Promise<void> {
    return this.#copy(() => copyOut(this.#sql.unsafe(text), take));
  }

  /** Runs `copy … from stdin` with the bytes of the rows. */
  copyIn(text: string, chunks: AsyncIterable<Buffer>): Promise<void> {
    return this.#copy(() => copyIn(this.#sql.unsafe(text), chunks));
  }

  /** The outcome of `work`, or a rejection as soon as the client is lost. */
  whileOpen<T>(work: () => PromiseLike<T>): Promise<T> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#pending.add(reject);
    Promise.try(work)
      .then(resolve, reject)
      .finally(() => this.#pending.delete(reject));
    return promise;
  }

  /**
   * Asks the server to cancel the statement that it runs for this client. False: nobody knows whether it
   * will, perhaps during a later one.
   */
  async cancel(): Promise<boolean> {
    return this.#key !== null && requestCancel(this.#address, this.#key);
  }

  /** Drops the connection at once, whatever is under way, without a word to the server. */
  destroy(reason: unknown): void {
    if (this.#lost !== null) return;
    this.#lost = toDatabaseError(reason);
    this.#socket?.destroy();
    for (const reject of this.#pending) reject(this.#lost);
    this.#pending.clear();
    this.#onLost();
  }

  /** Takes leave of the server and closes; what is under way is rejected. */
  async close(): Promise<void> {
    if (this.#lost !== null) return;
    const socket = this.#socket;
    const closed = new Promise((resolve) => socket?.once("close", resolve) ?? resolve(null));
    const ended = this.#sql.end({ timeout: 0.2 }).catch(() => {});
    const timer = setTimeout(() => this.destroy(connectionLost("closed")), 500);
    await Promise.all([ended, closed]);
    clearTimeout(timer);
    this.destroy(connectionLost("the connection was closed by us"));
  }

  /**
   * What has no limit must end with its client. A server that is older than 14 does not look for it while
   * it runs a statement, and neither does one on every system.
   */
  async #haveUsWatched(): Promise<void> {
    await this.run(WATCH_FOR_CLIENT, []).catch((error: unknown) => {
      if (this.isLost) throw error;
    });
  }

  #send<T>(statement: () => PromiseLike<T>): Promise<T> {
    return this.whileOpen(async () => {
      try {
        return await statement();
      } catch (error) {
        if (isConnectionError(error)) this.destroy(error);
        throw toDatabaseError(error);
      }
    });
  }

  async #copy(copy: () => Promise<void>): Promise<void> {
    try {
      await this.whileOpen(copy);
      // The driver leaves it paused where the last rows came faster than they were taken.
      this.#socket?.resume();
    } catch (error) {
      if (isConnectionError(error)) this.destroy(error);
      this.#spoiled = true;
      throw error instanceof OutsideFailure ? error.cause : toDatabaseError(error);
    }
  }

  /** A second call is the driver's attempt to reconnect, which this class never wants. */
  async #openSocketOnce(): Promise<Socket> {
    if (this.#socket !== null || this.#lost !== null) throw connectionLost("the connection closed");
    this.#socket = await openSocket(this.#address, CONNECT_TIMEOUT_MS);
    if (this.#lost !== null) this.#socket.destroy();
    return this.#socket;
  }
}

/** A process that is gone is noticed within two seconds, a machine or a network within a minute. */
const WATCH_FOR_CLIENT = `
select set_config(name, value, false)
  from (values ('client_connection_check_interval', '2s'), ('tcp_keepalives_idle', '30'),
               ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3')) as wanted (name, value)
 where current_setting(name, true) is not null`;

/** Every option that the driver would otherwise read from `PG…` variables is given. */
function driverOptions(options: ClientOptions): postgres.Options<typeof COLUMN_TYPES> {
  const { address } = options;
  return {
    host: address.host,
    port: address.port,
    database: address.database,
    username: address.username,
    password: address.password,
    ssl: address.ssl === "disable" ? false : address.ssl,
    max: 1,
    // Our own timers watch the connection; the driver's would close it under our hands.
    connect_timeout: 0,
    idle_timeout: 0,
    max_lifetime: null,
    // The driver's query for array types runs unawaited, and would be an unhandled rejection.
    fetch_types: false,
    types: COLUMN_TYPES,
    onnotice: () => {},
    connection: {
      ...address.parameters,
      application_name: options.applicationName,
      TimeZone: "UTC",
      DateStyle: "ISO",
      // A pooler refuses what it does not follow.
      ...(options.pooled === true ? {} : sessionSettings(options)),
    },
    ...(options.onNotify === undefined ? {} : { onnotify: options.onNotify }),
  };
}

function sessionSettings({ schema, limited }: ClientOptions): Record<string, string | number> {
  return {
    ...(schema === null ? {} : { search_path: `"${schema.replaceAll('"', '""')}"` }),
    ...(limited === false ? {} : LIMITS),
  };
}

const LIMITS = {
  statement_timeout: STATEMENT_TIMEOUT_MS,
  idle_in_transaction_session_timeout: 5_000,
};

/** The same for one transaction, as one message. */
function pooledBegin(options: ClientOptions): string {
  const settings = Object.entries(sessionSettings(options)).map(
    ([name, value]) => `set local ${name} = ${value};`,
  );
  return `begin; ${settings.join(" ")}`;
}
