import type { Database } from "../store/connection.ts";
import type { LogFilter } from "../store/log-filter.ts";
import type { LogEntry } from "../store/logs.ts";
import { readLogs } from "../store/logs.ts";

/** How many lines one look reads. */
const LINES = 1_000;

/** A line may become visible so long after one with a greater id, which another node wrote. */
const OVERTAKEN_MS = 3_000;

/**
 * Lines as they appear, each once. Ids are given before lines are committed, so each look goes back
 * behind what was seen lately, and what was seen is left out.
 */
export class LogTail {
  readonly #database: Database;
  readonly #filter: LogFilter;
  readonly #seen = new Set<number>();
  #looks: { atMs: number; newest: number }[] = [];
  #floor = 0;

  constructor(database: Database, filter: LogFilter) {
    this.#database = database;
    this.#filter = filter;
  }

  /** The newest lines that are there already; what is older never comes. */
  async first(limit: number): Promise<LogEntry[]> {
    const query = { ...this.#filter, contains: null, afterId: null, limit: Math.max(limit, 1) };
    const entries = await readLogs(this.#database, query);
    this.#remember(entries);
    this.#floor = (entries[0]?.id ?? 1) - 1;
    return limit === 0 ? [] : entries;
  }

  /** What came since; `more`: there is more already. */
  async next(): Promise<{ entries: LogEntry[]; more: boolean }> {
    const limit = LINES + this.#seen.size;
    const query = { ...this.#filter, contains: null, afterId: this.#floor, limit };
    const found = await readLogs(this.#database, query);
    const entries = found.filter(({ id }) => !this.#seen.has(id));
    this.#remember(entries);
    this.#forget();
    return { entries, more: found.length === limit };
  }

  #remember(entries: readonly LogEntry[]): void {
    for (const { id } of entries) this.#seen.add(id);
    const newest = Math.max(0, ...entries.map(({ id }) => id));
    if (newest > 0) this.#looks.push({ atMs: performance.now(), newest });
  }

  /** What is older than a line that has been seen for long enough cannot appear any more. */
  #forget(): void {
    const edgeMs = performance.now() - OVERTAKEN_MS;
    const old = this.#looks.filter(({ atMs }) => atMs < edgeMs);
    if (old.length === 0) return;
    this.#looks = this.#looks.filter(({ atMs }) => atMs >= edgeMs);
    this.#floor = Math.max(this.#floor, ...old.map(({ newest }) => newest));
    for (const id of this.#seen) if (id <= this.#floor) this.#seen.delete(id);
  }
}
