import type { SqlParameter } from "./connection.ts";

/** What a single statement needs: the database itself, or a transaction on it. */
export interface Queryable {
  query<Row = Record<string, unknown>>(
    text: string,
    parameters?: readonly SqlParameter[],
  ): Promise<Row[]>;
}
