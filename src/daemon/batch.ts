import { SchedulerError } from "../model/errors.ts";

/** Gathers single items into one write, so that many small acts cost one round trip. */
export interface Batch<Item, Result> {
  /** Resolves with what the write says of this item. */
  add(item: Item): Promise<Result>;
  /** Resolves when everything added so far was written, or was given up. */
  settled(): Promise<void>;
}

/** An item that waits for its write. */
interface Entry<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Items that are added while a write is under way go together into the next one, at most `max` at a
 * time; an item added while none is goes at once. Writes never overlap, so their order is kept. When
 * the database refuses a write, its items are written one by one: one of them must not fail the rest.
 */
export function startBatch<Item, Result>(options: {
  /** Resolves to one result per item, in their order. */
  write: (items: Item[]) => Promise<Result[]>;
  max: number;
}): Batch<Item, Result> {
  const waiting: Entry<Item, Result>[] = [];
  let newest: Promise<unknown> = Promise.resolve();
  let draining = false;

  async function drain(): Promise<void> {
    draining = true;
    // The pause of one microtask turn lets callers of the same turn share the first write.
    await Promise.resolve();
    while (waiting.length > 0) await writeTogether(waiting.splice(0, options.max));
    draining = false;
  }

  async function writeTogether(entries: Entry<Item, Result>[]): Promise<void> {
    try {
      const results = await options.write(entries.map((entry) => entry.item));
      if (results.length !== entries.length) throw new Error("a write answers for each item");
      for (const [index, result] of results.entries()) entries[index]?.resolve(result);
    } catch (error) {
      if (entries.length > 1 && isRefusal(error)) {
        for (const entry of entries) await writeTogether([entry]);
      } else for (const entry of entries) entry.reject(error);
    }
  }

  return {
    add(item) {
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      waiting.push({ item, resolve, reject });
      newest = promise.catch(() => undefined);
      if (!draining) void drain();
      return promise;
    },
    // Order is kept, so what was added before the newest item is written when that is.
    async settled() {
      await newest;
    },
  };
}

/** Nothing was written: a repeat in smaller parts doubles nothing. */
function isRefusal(error: unknown): boolean {
  return error instanceof SchedulerError && error.code === "database_failed";
}
