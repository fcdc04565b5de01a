import { setTimeout as delay } from "node:timers/promises";
import { SchedulerError } from "../model/errors.ts";
import { useUntilAborted } from "./connection-abort.ts";
import { parseDatabaseUrl, type ConnectionAddress } from "./connection-address.ts";
import { STATEMENT_TIMEOUT_MS, type Client, type ClientOptions } from "./connection-client.ts";
import { isConflict, isPassing, isUnavailable } from "./connection-errors.ts";
import { Listener } from "./connection-listener.ts";
import { Poller } from "./connection-poller.ts";
import { Pool } from "./connection-pool.ts";
import { toSqlText, type SqlParameter } from "./connection-values.ts";

export type { ConnectionAddress } from "./connection-address.ts";
export { sqlState } from "./connection-errors.ts";
export { json, type SqlParameter } from "./connection-values.ts";

/**
 * The one way to PostgreSQL. SQL is plain text with `$1`, cast where its type is not plain from the
 * context; tables are named without a schema. Rows hold `Date`, number, text, boolean, null, parsed
 * JSON, and arrays of text or integers. Every error is a SchedulerError: `database_unavailable`
 * (no connection, or no answer before the deadline) or `database_failed` (`sqlState` says why).
 */
export interface Database extends AsyncDisposable {
  readonly schema: string;
  /** Runs one statement. Repeated after a lost connection only if it is `idempotent`. */
  query<Row = Record<string, unknown>>(
    text: string,
    parameters?: readonly SqlParameter[],
    options?: QueryOptions,
  ): Promise<Row[]>;
  /**
   * Runs `work` in one transaction, which commits when it returns and rolls back when it throws or
   * when any of its statements failed. With `idempotent`, `work` is run again after a lost
   * connection, a deadlock or a serialization failure.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: QueryOptions): Promise<T>;
  /**
   * Calls `onWake` now, at each notification on the channel, and after each reconnect, because what
   * was notified in between is lost.
   */
  listen(channel: string, onWake: () => void): Promise<AsyncDisposable>;
  /** Takes nothing new; what is under way ends by itself. */
  retire(): Promise<void>;
}

export interface Transaction {
  query<Row = Record<string, unknown>>(
    text: string,
    parameters?: readonly SqlParameter[],
  ): Promise<Row[]>;
  /** Runs several statements without parameters, separated by semicolons. */
  script(text: string): Promise<void>;
  /** Runs `copy … to stdout`; `take` gets its bytes piece by piece, no faster than it takes them. */
  copyOut(text: string, take: (chunk: Buffer) => Promise<void>): Promise<void>;
  /** Runs `copy … from stdin` with the bytes of the rows. */
  copyIn(text: string, chunks: AsyncIterable<Buffer>): Promise<void>;
}

export interface QueryOptions {
  /** The same effect whether it runs once or twice. Default: false. */
  idempotent?: boolean;
  /**
   * Repeated, until the deadline, while the server is in no state to do it: its disk is full, somebody
   * cancelled the statement. Default: false, such a refusal is an error at once.
   */
  persistent?: boolean;
  /** For everything: waiting for a connection, running, retries. Null: none. Default: 30 s. */
  deadlineMs?: number | null;
  /** Ends it at once, and cancels what the server does for it; it rejects when that is done. */
  signal?: AbortSignal;
}

export interface ConnectOptions {
  /** `postgres://…`, or its parts. */
  url: string | ConnectionAddress;
  schema: string;
  applicationName: string;
  /** Without the one for LISTEN, which is opened when it is needed. */
  maxConnections: number;
  /**
   * The address is that of a pooler in transaction mode: each statement is a transaction of its own
   * with its settings, and `listen` looks at intervals, because no session is kept.
   */
  pooled: boolean;
  /** False: for statements of others, which have no limits but those of the server. Absent: true. */
  limited?: boolean;
}

const DEADLINE_MS = 30_000;
const RETRY_MIN_MS = 10;
const RETRY_MAX_MS = 1_000;

/**
 * Connects, with one attempt, so that a wrong address is known at once.
 *
 * @throws SchedulerError `database_unavailable` | `database_failed`
 */
export async function connect(options: ConnectOptions): Promise<Database> {
  const address = typeof options.url === "string" ? parseDatabaseUrl(options.url) : options.url;
  const { schema, applicationName, maxConnections, pooled, limited = true } = options;
  const client = { address, schema, applicationName, pooled, limited };
  const database = new PooledDatabase(client, maxConnections);
  await database.connectOnce();
  return database;
}

class PooledDatabase implements Database {
  readonly schema: string;
  readonly #pool: Pool;
  readonly #listener: Listener | Poller;

  constructor(options: ClientOptions & { schema: string }, maxConnections: number) {
    this.schema = options.schema;
    this.#pool = new Pool(options, maxConnections);
    this.#listener = options.pooled ? new Poller() : new Listener(options);
  }

  async connectOnce(): Promise<void> {
    const client = await this.#pool.acquire(performance.now() + DEADLINE_MS);
    this.#pool.release(client);
  }

  query<Row = Record<string, unknown>>(
    text: string,
    parameters: readonly SqlParameter[] = [],
    options: QueryOptions = {},
  ): Promise<Row[]> {
    const values = parameters.map(toSqlText);
    // A single statement that met a conflict has had no effect, so it is always run again.
    const retry = { ...options, conflicts: true };
    return this.#retrying(retry, (client) => client.runAlone<Row>(text, values));
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>, options: QueryOptions = {}): Promise<T> {
    const retry = { ...options, conflicts: options.idempotent === true };
    return this.#retrying(retry, (client) => runTransaction(client, work, options.deadlineMs));
  }

  listen(channel: string, onWake: () => void): Promise<AsyncDisposable> {
    return this.#listener.subscribe(channel, onWake);
  }

  async retire(): Promise<void> {
    await Promise.all([this.#pool.retire(), this.#listener.close()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#pool.close(), this.#listener.close()]);
  }

  async #retrying<T>(
    options: QueryOptions & { conflicts: boolean },
    use: (client: Client) => Promise<T>,
  ): Promise<T> {
    const { deadlineMs = DEADLINE_MS, signal } = options;
    const beganAt = performance.now();
    const deadlineAt = beganAt + (deadlineMs ?? Infinity);
    // Where there is no deadline, whoever cannot be reached is still not waited for without end.
    const repeatUntil = beganAt + (deadlineMs ?? DEADLINE_MS);
    for (let waitMs = RETRY_MIN_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      // Until it is sent, a statement can have had no effect.
      let sent = false;
      try {
        const client = await this.#pool.acquire(deadlineAt, signal);
        sent = true;
        return await this.#useUntil({ client, deadlineAt, deadlineMs, signal }, use);
      } catch (error) {
        const undone =
          (options.conflicts && isConflict(error)) ||
          (options.persistent === true && isPassing(error));
        const repeatable = isUnavailable(error) ? !sent || options.idempotent === true : undone;
        const pauseMs = waitMs * (0.5 + Math.random() / 2);
        const timeIsUp = performance.now() + pauseMs >= repeatUntil;
        if (!repeatable || timeIsUp || this.#pool.isClosed) throw error;
        await delay(pauseMs);
      }
    }
  }

  /** At the deadline the connection is dropped: a server that is stopped would never answer. */
  async #useUntil<T>(
    lent: {
      client: Client;
      deadlineAt: number;
      deadlineMs: number | null;
      signal: AbortSignal | undefined;
    },
    use: (client: Client) => Promise<T>,
  ): Promise<T> {
    const { client, deadlineAt, deadlineMs, signal } = lent;
    const drop = (): void => {
      const message = `the database did not answer within ${Math.round(deadlineMs ?? 0)} ms`;
      client.destroy(new SchedulerError("database_unavailable", message));
    };
    // A process that was stopped meanwhile may find its deadline long past.
    const leftMs = Math.max(0, deadlineAt - performance.now());
    const timer = deadlineMs === null ? undefined : setTimeout(drop, leftMs);
    try {
      return await (signal === undefined ? use(client) : useUntilAborted(client, use, signal));
    } finally {
      clearTimeout(timer);
      this.#pool.release(client);
    }
  }
}

async function runTransaction<T>(
  client: Client,
  work: (tx: Transaction) => Promise<T>,
  deadlineMs: number | null = DEADLINE_MS,
): Promise<T> {
  await client.begin();
  const tx = new ClientTransaction(client);
  try {
    if (deadlineMs !== null && deadlineMs > STATEMENT_TIMEOUT_MS) {
      await client.script(`set local statement_timeout = ${Math.ceil(deadlineMs)}`);
    }
    const result = await client.whileOpen(() => work(tx));
    // The server would answer the COMMIT of a failed transaction by rolling back, without an error.
    if (tx.failure !== null) throw tx.failure;
    tx.end();
    await client.run("commit", []);
    return result;
  } catch (error) {
    tx.end();
    await client.rollBack();
    throw error;
  }
}

class ClientTransaction implements Transaction {
  /** The first statement's failure: it has ended the transaction even if `work` caught it. */
  failure: unknown = null;
  readonly #client: Client;
  #ended = false;

  constructor(client: Client) {
    this.#client = client;
  }

  query<Row = Record<string, unknown>>(
    text: string,
    parameters: readonly SqlParameter[] = [],
  ): Promise<Row[]> {
    return this.#track(() => this.#client.run<Row>(text, parameters.map(toSqlText)));
  }

  script(text: string): Promise<void> {
    return this.#track(() => this.#client.script(text));
  }

  copyOut(text: string, take: (chunk: Buffer) => Promise<void>): Promise<void> {
    return this.#track(() => this.#client.copyOut(text, take));
  }

  copyIn(text: string, chunks: AsyncIterable<Buffer>): Promise<void> {
    return this.#track(() => this.#client.copyIn(text, chunks));
  }

  /** The connection will be lent to others, so a late statement must not reach it. */
  end(): void {
    this.#ended = true;
  }

  async #track<T>(statement: () => Promise<T>): Promise<T> {
    if (this.#ended) throw new Error("a statement came after the end of its transaction");
    try {
      return await statement();
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }
}
