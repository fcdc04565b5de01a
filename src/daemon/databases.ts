import type { DatabaseSession, DatabaseTransaction } from "../execute/attempt-request.ts";
import type { SchedulerSettings } from "../model/job.ts";
import type { JsonValue } from "../model/json.ts";
import type { Database, SqlParameter, Transaction } from "../store/connection.ts";
import { SchedulerError } from "../model/errors.ts";
import { connect, json } from "../store/connection.ts";
import { valueOf } from "./project.ts";

/**
 * The databases that jobs may be granted. The node holds the connections, so that a job's process
 * needs no network and never sees an address or a password.
 */
export class GrantedDatabases implements AsyncDisposable {
  /** The url of a connection of that name under `database.connections`. */
  readonly #urlOf: (name: string) => Promise<string>;
  readonly #open = new Map<string, { url: string; database: Promise<Database> }>();

  constructor(urlOf: (name: string) => Promise<string>) {
    this.#urlOf = urlOf;
  }

  /**
   * A session on the named database for the code of a job; it is opened with its first statement, and
   * ends with the signal. Its statements have no limits but those of the server.
   */
  session(name: string, signal: AbortSignal): DatabaseSession {
    const connected = (): Promise<Database> => this.#connected(name, { limited: false });
    return {
      query: async (text, parameters) => {
        const database = await connected();
        const options = { deadlineMs: null, signal };
        return toJson(await database.query(text, parameters.map(toParameter), options));
      },
      begin: async () => beginTransaction(await connected(), signal),
    };
  }

  /** The named database itself, for trusted code, with the limits of the scheduler's own. */
  database(name: string): Promise<Database> {
    return this.#connected(name, { limited: true });
  }

  /** One whose url changed, say by a rotated password, is connected to anew. */
  async #connected(name: string, { limited }: { limited: boolean }): Promise<Database> {
    const url = await this.#urlOf(name);
    const key = `${name} ${limited ? "limited" : "unlimited"}`;
    const known = this.#open.get(key);
    if (known?.url === url) return known.database;
    const database = connect({
      url,
      schema: "public",
      applicationName: `cronverge job database ${name}`,
      maxConnections: 4,
      pooled: false,
      limited,
    });
    this.#open.set(key, { url, database });
    database.catch(() => {
      if (this.#open.get(key)?.database === database) this.#open.delete(key);
    });
    known?.database.then((old) => old.retire()).catch(() => undefined);
    return database;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { database } of open) {
      await database.then((opened) => opened[Symbol.asyncDispose]()).catch(() => undefined);
    }
  }
}

/**
 * The url of a connection as the settings name it, resolved on this node.
 *
 * @throws SchedulerError where the settings have none of that name, or its value cannot be read.
 */
export async function connectionUrl(
  name: string,
  { settings, configFile }: { settings: SchedulerSettings; configFile: string },
): Promise<string> {
  const key = `database.connections.${name}`;
  const url = await valueOf(settings.database.connections[name] ?? null, configFile, key);
  if (url !== null) return url;
  throw new SchedulerError("database_failed", `there is no ${key}`, {
    help: `declare it: database: {connections: {${name}: {env: NAME}}}`,
  });
}

/**
 * A transaction that somebody else drives, one statement at a time. The adapter's transaction takes
 * a function, so that function waits for the driver's next wish.
 */
async function beginTransaction(
  database: Database,
  signal: AbortSignal,
): Promise<DatabaseTransaction> {
  const opened = Promise.withResolvers<Transaction>();
  const decided = Promise.withResolvers<"commit" | "rollback">();
  const rollBack = (): void => decided.resolve("rollback");
  signal.addEventListener("abort", rollBack, { once: true });
  const ended = database.transaction(
    async (tx) => {
      opened.resolve(tx);
      if ((await decided.promise) === "rollback") throw new RolledBack();
    },
    { deadlineMs: null, signal },
  );
  ended
    .catch((error: unknown) => opened.reject(error))
    .finally(() => signal.removeEventListener("abort", rollBack));
  const tx = await opened.promise;
  return {
    query: async (text, parameters) => toJson(await tx.query(text, parameters.map(toParameter))),
    async commit() {
      decided.resolve("commit");
      await ended;
    },
    async rollback() {
      decided.resolve("rollback");
      await ended.catch((error: unknown) => {
        if (!(error instanceof RolledBack)) throw error;
      });
    },
  };
}

class RolledBack extends Error {}

function toParameter(value: JsonValue): SqlParameter {
  return value !== null && typeof value === "object" ? json(value) : value;
}

/** Rows as they travel to the job: dates become ISO text, as JSON has none. */
function toJson(rows: unknown[]): JsonValue[] {
  const parsed: unknown = JSON.parse(JSON.stringify(rows));
  if (!Array.isArray(parsed)) throw new SchedulerError("database_failed", "rows are not a list");
  return parsed;
}
