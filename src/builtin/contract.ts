import type { LogLevel } from "../model/execution.ts";
import type { JsonObject } from "../model/json.ts";
import type { Database } from "../store/connection.ts";

/** What a built-in job is given: trusted code, so the database itself. */
export interface BuiltinContext {
  database: Database;
  parameters: JsonObject;
  log: (level: LogLevel, message: string) => void;
  signal: AbortSignal;
}

/** What a built-in job reports. */
export interface BuiltinResult {
  message: string;
  itemsProcessed: number;
}

export interface BuiltinJob {
  /** Does the work, in batches, until it is done or `signal` says stop. */
  run(context: BuiltinContext): Promise<BuiltinResult>;
  /** How many items `run` would process now; writes nothing. */
  count(context: Pick<BuiltinContext, "database" | "parameters">): Promise<number>;
}

/** Repeats a batched write until it finds less than a full batch. Returns how many it wrote. */
export async function inBatches(
  options: { limit: number; signal: AbortSignal },
  write: (limit: number) => Promise<number>,
): Promise<number> {
  let total = 0;
  while (!options.signal.aborted) {
    const written = await write(options.limit);
    total += written;
    if (written < options.limit) break;
  }
  return total;
}
