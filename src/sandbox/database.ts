import type { JsonObject, JsonValue } from "../model/json.ts";
import type { Database, Sql, SqlValue } from "./job-context.ts";
import type { DatabaseRequest } from "./messages.ts";

/** Asks the scheduler, which holds the connection, and resolves with its answer. */
export type Ask = (request: DatabaseRequest) => Promise<JsonValue>;

/** The database `name` over the channel: the process needs no network and never sees a URL. */
export function createDatabase(name: string, ask: Ask): Database {
  const begin = async <Result>(
    work: (transaction: Sql) => Result | Promise<Result>,
  ): Promise<Result> => {
    const transaction = Number(await ask({ method: "begin", database: name }));
    try {
      const result = await work(createSql(name, { transaction, ask }));
      await ask({ method: "commit", database: name, transaction });
      return result;
    } catch (error) {
      // What made the work fail is what the job's author must see, not a failed rollback.
      await ask({ method: "rollback", database: name, transaction }).catch(() => undefined);
      throw error;
    }
  };
  return Object.assign(createSql(name, { transaction: null, ask }), { begin });
}

function createSql(database: string, options: { transaction: number | null; ask: Ask }): Sql {
  const { transaction, ask } = options;
  const query = async (text: string, parameters: readonly SqlValue[] = []): Promise<JsonObject[]> =>
    (await ask({
      method: "query",
      database,
      transaction,
      text,
      parameters: parameters.map(wireValue),
    })) as JsonObject[];
  const sql = (strings: TemplateStringsArray, ...values: SqlValue[]): Promise<JsonObject[]> => {
    const text = strings.reduce((joined, part, index) => `${joined}$${index}${part}`);
    return query(text, values);
  };
  return Object.assign(sql, { query });
}

function wireValue(value: SqlValue | undefined): JsonValue {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "bigint") return value.toString();
  if (value === undefined) throw new TypeError("a value of a query is undefined; use null");
  return value;
}
