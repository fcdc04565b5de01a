import type { RetentionSettings } from "../model/job.ts";
import type { Database } from "../store/connection.ts";
import { pruneHistory } from "../store/retention.ts";

/** Often enough that a busy schedule does not outgrow its limits by much. */
const EVERY_MS = 60_000;

/** Prunes history by the retention in force; returns the ms until the next time. */
export function prunerStep(options: {
  database: Database;
  retention: () => RetentionSettings;
  signal: AbortSignal;
}): () => Promise<number> {
  return async () => {
    await pruneHistory(options.database, options.retention(), options.signal);
    return EVERY_MS;
  };
}
