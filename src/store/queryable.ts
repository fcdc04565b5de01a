import { SchedulerError } from "../model/errors.ts";
import type { QueryOptions, SqlParameter } from "./connection.ts";

/** What a single statement needs: the database itself, or a transaction on it. */
export interface Queryable {
  query<Row = Record<string, unknown>>(
    text: string,
    parameters?: readonly SqlParameter[],
    options?: Pick<QueryOptions, "idempotent">,
  ): Promise<Row[]>;
}

/** The server's clock, by which alone all times are judged. */
export async function serverNow(db: Queryable): Promise<Date> {
  const [row] = await db.query<{ now: Date }>(
    "select clock_timestamp()::timestamptz(3) as now",
    [],
    { idempotent: true },
  );
  if (row === undefined) throw new SchedulerError("database_failed", "the server told no time");
  return row.now;
}
