import type { JsonObject, JsonValue } from "../model/json.ts";

/** What a job's code is given. */
export interface JobContext {
  readonly job: { readonly name: string };
  readonly execution: {
    readonly id: string;
    /** Counts from 1. */
    readonly attempt: number;
    /** The due time that this run stands for; null for a run by hand. */
    readonly scheduledFor: Date | null;
    /** Rises with every claim: a store that remembers the highest can refuse a late writer. */
    readonly fence: string;
  };
  /** `parameters:` of the job in the config file. */
  readonly parameters: JsonObject;
  readonly logger: JobLogger;
  /** Aborted when the run is asked to end; the job then has its grace to clean up. */
  readonly signal: AbortSignal;
  /** A database that `permissions: {database: [name]}` grants. */
  database(name: string): Database;
}

export interface JobLogger {
  debug(message: string, metadata?: unknown): void;
  info(message: string, metadata?: unknown): void;
  warn(message: string, metadata?: unknown): void;
  error(message: string, metadata?: unknown): void;
}

/** A value in a query. Dates are sent as ISO 8601, big integers as text. */
export type SqlValue = JsonValue | Date | bigint;

/** Runs queries: `` await sql`select * from users where id = ${id}` ``. Values never become text. */
export interface Sql {
  (strings: TemplateStringsArray, ...values: SqlValue[]): Promise<JsonObject[]>;
  /** The same with `$1, $2, …` written out. */
  query(text: string, parameters?: readonly SqlValue[]): Promise<JsonObject[]>;
}

export interface Database extends Sql {
  /** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
  begin<Result>(work: (transaction: Sql) => Result | Promise<Result>): Promise<Result>;
}
