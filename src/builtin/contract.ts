import type { LogLevel } from "../model/execution.ts";
import type { JsonObject } from "../model/json.ts";
import type { Database } from "../store/connection.ts";

/** What a built-in job is given: trusted code, so the database itself. */
export interface BuiltinContext {
  database: Database;
  /** The connection that `database` is, as the file calls it; null: the scheduler's own. */
  databaseName: string | null;
  parameters: JsonObject;
  /** False: write nothing, and tell what would be written. */
  enforce: boolean;
  /** The time until it is cut off; null: any. */
  limitMs: number | null;
  log: (level: LogLevel, message: string) => void;
  signal: AbortSignal;
}

/** What a built-in job reports. */
export interface BuiltinResult {
  message: string;
  /** What it found to do, whether it may do it or not. */
  itemsFound: number;
  /** What it did. */
  itemsProcessed: number;
  /** What it found, and could not do. */
  itemsFailed: number;
}

export interface BuiltinJob {
  /**
   * Does the work, in batches, until it is done, its time is up or `signal` says stop. What it left
   * undone is found by the next run.
   */
  run(context: BuiltinContext): Promise<BuiltinResult>;
}
