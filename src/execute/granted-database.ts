import { errorMessage } from "../model/errors.ts";
import type { JsonValue } from "../model/json.ts";
import type { DatabaseRequest, SchedulerToJob } from "../sandbox/messages.ts";
import type { DatabaseSession, DatabaseTransaction } from "./attempt-request.ts";

export interface GrantedDatabaseOptions {
  /** The names under `permissions.database`. */
  granted: readonly string[];
  open(name: string): DatabaseSession;
  respond: (message: Extract<SchedulerToJob, { type: "response" }>) => void;
}

/** More rows than this belong into several queries. */
const MAX_ANSWER_BYTES = 8 * 1_048_576;

/** Requests that a job may have open at once. */
const MAX_OPEN_REQUESTS = 100;

/** Answers the database requests of one attempt, and leaves no transaction of it open. */
export class GrantedDatabase {
  readonly #options: GrantedDatabaseOptions;
  readonly #sessions = new Map<string, DatabaseSession>();
  readonly #transactions = new Map<number, DatabaseTransaction>();
  #lastTransaction = 0;
  #openRequests = 0;
  #closed = false;

  constructor(options: GrantedDatabaseOptions) {
    this.#options = options;
  }

  /** Never rejects: what goes wrong is the job's answer. */
  async serve(id: number, request: DatabaseRequest): Promise<void> {
    const { granted, respond } = this.#options;
    if (!granted.includes(request.database)) {
      const error = `the job may not use the database ${request.database}`;
      return respond({ type: "response", id, error, denied: request.database });
    }
    this.#openRequests += 1;
    try {
      if (this.#openRequests > MAX_OPEN_REQUESTS) {
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
    } finally {
      this.#openRequests -= 1;
    }
  }

  /** Rolls back what the job left open. */
  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#transactions.values()];
    this.#transactions.clear();
    await Promise.all(open.map((transaction) => transaction.rollback().catch(() => undefined)));
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
    // The process may have gone while the transaction was being opened.
    if (this.#closed) {
      await transaction.rollback();
      throw new Error("the run is over");
    }
    this.#lastTransaction += 1;
    this.#transactions.set(this.#lastTransaction, transaction);
    return this.#lastTransaction;
  }

  #session(name: string): DatabaseSession {
    const session = this.#sessions.get(name) ?? this.#options.open(name);
    this.#sessions.set(name, session);
    return session;
  }

  #open(transaction: number): DatabaseTransaction {
    const open = this.#transactions.get(transaction);
    if (open === undefined) throw new Error("the transaction is over");
    return open;
  }
}
