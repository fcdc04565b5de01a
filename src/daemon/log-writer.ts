import type { NewLogEntry } from "../store/logs.ts";
import type { Database } from "../store/connection.ts";
import { appendLogs } from "../store/logs.ts";
import { startBatch } from "./batch.ts";

/** How many lines may wait for the database before the oldest runs are made to wait too. */
const MAX_WAITING = 20_000;

/** How long lines wait for a database that is away. */
const WRITE_DEADLINE_MS = 10 * 60_000;

/** Writes log lines in the order in which they were given. */
export interface LogWriter {
  /** Takes lines without waiting for them to be written. */
  write(entries: NewLogEntry[]): void;
  /** Resolves when every line given so far is in the database, or was given up. */
  flush(): Promise<void>;
}

/**
 * Starts a writer. While the database is away lines wait, up to a bound; beyond it they are counted
 * and reported, because a scheduler out of memory would lose more than lines.
 */
export function startLogWriter(options: {
  database: Database;
  onLost: (count: number, error: unknown) => void;
}): LogWriter {
  let waiting = 0;
  const batch = startBatch<NewLogEntry[], void>({
    max: 500,
    async write(groups) {
      const entries = groups.flat();
      const persistent = groups.length === 1;
      await appendLogs(options.database, entries, { deadlineMs: WRITE_DEADLINE_MS, persistent });
      return groups.map(() => undefined);
    },
  });
  return {
    write(entries) {
      if (entries.length === 0) return;
      if (waiting > MAX_WAITING) {
        options.onLost(entries.length, new Error("too many lines wait for the database"));
        return;
      }
      waiting += entries.length;
      batch
        .add(entries)
        .catch((error: unknown) => options.onLost(entries.length, error))
        .finally(() => {
          waiting -= entries.length;
        })
        .catch(() => undefined);
    },
    flush: () => batch.settled(),
  };
}
