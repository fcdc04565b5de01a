import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage, SchedulerError } from "../model/errors.ts";
import type { JsonValue } from "../model/json.ts";
import type { DatabaseRequest, SchedulerToJob } from "../sandbox/messages.ts";
import type { DatabaseSession, DatabaseTransaction } from "./attempt-request.ts";

export interface GrantedDatabaseOptions {
  /** The names under `permissions.database`. */
  granted: readonly string[];
  open(name: string, signal: AbortSignal): DatabaseSession;
  respond: (message: Extract<SchedulerToJob, { type: "response" }>) => void;
}

/** More rows than this belong into several queries. */
const MAX_ANSWER_BYTES = 8 * 1_048_576;

/** Requests that a job may have open at once. */
const MAX_OPEN_REQUESTS = 100;

/** A database that takes longer to end what it does for an attempt is waited for no more. */
const CLOSE_MS = 10_000;

/** Answers the database requests of one attempt, and leaves nothing of it in the databases. */
export class GrantedDatabase {
  readonly #options: GrantedDatabaseOptions;
  readonly #sessions = new Map<string, DatabaseSession>();
  readonly #transactions = new Map<number, DatabaseTransaction>();
  readonly #answers = new Set<Promise<void>>();
  /** Aborted at the end of the attempt. */
  readonly #over = new AbortController();
  #lastTransaction = 0;

  constructor(options: GrantedDatabaseOptions) {
    this.#options = options;
    // One for each request that is open.
    setMaxListeners(0, this.#over.signal);
  }

  /** Never rejects: what goes wrong is the job's answer. */
  async serve(id: number, request: DatabaseRequest): Promise<void> {
    const { granted, respond } = this.#options;
    if (!granted.includes(request.database)) {
      const error = `the job may not use the database ${request.database}`;
      return respond({ type: "response", id, error, denied: request.database });
    }
    const answered = this.#respond(id, request);
    this.#answers.add(answered);
    await answered;
    this.#answers.delete(answered);
  }

  /**
   * Ends what the job left under way, statements as well as transactions, and resolves when the servers
   * have ended it: a statement that goes on might take effect when the attempt has long failed.
   */
  async close(): Promise<void> {
    this.#over.abort(new SchedulerError("database_failed", "the run is over"));
    const transactions = [...this.#transactions.values()];
    this.#transactions.clear();
    const ended = Promise.allSettled([
      ...this.#answers,
      ...transactions.map((transaction) => transaction.rollback()),
    ]);
    await Promise.race([ended, sleep(CLOSE_MS, undefined, { ref: false })]);
  }

  async #respond(id: number, request: DatabaseRequest): Promise<void> {
    const { respond } = this.#options;
    try {
      if (this.#answers.size >= MAX_OPEN_REQUESTS) {
        throw new RangeError(`a job may wait for ${MAX_OPEN_REQUESTS} queries at once`);
      }
      const value = await this.#answer(request);
      const bytes = JSON.stringify(value).length;
      if (bytes > MAX_ANSWER_BYTES) {
        throw new RangeError(`the rows take ${bytes} bytes; ${MAX_ANSWER_BYTES} are allowed`);
      }
      respond({ type: "response", id, value });
    } catch (error) {
      respond({ type: "response", id, error: errorMessage(error) });
    }
  }

  async #answer(request: DatabaseRequest): Promise<JsonValue> {
    switch (request.method) {
      case "query": {
        const { transaction, text, parameters } = request;
        const target =
          transaction === null ? this.#session(request.database) : this.#open(transaction);
        return target.query(text, parameters);
      }
      case "begin":
        return this.#begin(request.database);
      case "commit":
      case "rollback": {
        const transaction = this.#open(request.transaction);
        this.#transactions.delete(request.transaction);
        await transaction[request.method]();
        return null;
      }
    }
  }

  async #begin(name: string): Promise<number> {
    const transaction = await this.#session(name).begin();
    // The attempt may have ended while the transaction was being opened.
    if (this.#over.signal.aborted) {
      await transaction.rollback();
      throw this.#over.signal.reason;
    }
    this.#lastTransaction += 1;
    this.#transactions.set(this.#lastTransaction, transaction);
    return this.#lastTransaction;
  }

  #session(name: string): DatabaseSession {
    const session = this.#sessions.get(name) ?? this.#options.open(name, this.#over.signal);
    this.#sessions.set(name, session);
    return session;
  }

  #open(transaction: number): DatabaseTransaction {
    const open = this.#transactions.get(transaction);
    if (open === undefined) throw new Error("the transaction is over");
    return open;
  }
}
