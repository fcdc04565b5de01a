/** Gathers single items into one write, so that many small acts cost one round trip. */
export interface Batch<Item, Result> {
  /** Resolves with what the write says of this item. */
  add(item: Item): Promise<Result>;
  /** Resolves when everything added so far was written. */
  settled(): Promise<void>;
}

/**
 * Items that are added while a write is under way go together into the next one, at most `max` at a
 * time; an item added while none is goes at once. Writes never overlap, so their order is kept.
 */
export function startBatch<Item, Result>(options: {
  write: (items: Item[]) => Promise<Result[]>;
  max: number;
}): Batch<Item, Result> {
  const waiting: { item: Item; resolve: (result: Result) => void; reject: (e: unknown) => void }[] =
    [];
  let writing: Promise<void> | null = null;

  async function drain(): Promise<void> {
    // The pause of one microtask turn lets callers of the same turn share the first write.
    await Promise.resolve();
    while (waiting.length > 0) {
      const taken = waiting.splice(0, options.max);
      try {
        const results = await options.write(taken.map((entry) => entry.item));
        for (const [index, entry] of taken.entries()) entry.resolve(results[index] as Result);
      } catch (error) {
        for (const entry of taken) entry.reject(error);
      }
    }
    writing = null;
  }

  return {
    async add(item) {
      const result = new Promise<Result>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
      });
      writing ??= drain();
      return result;
    },
    async settled() {
      while (writing !== null) await writing;
    },
  };
}
