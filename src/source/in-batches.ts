/** Enough at a time to hide waiting, few enough for any limit of open files. */
const BATCH = 32;

/** Does something that reads files with each entry, a few at a time. The results are in their order. */
export async function inBatches<Entry, Result>(
  entries: readonly Entry[],
  act: (entry: Entry) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < entries.length; start += BATCH) {
    results.push(...(await Promise.all(entries.slice(start, start + BATCH).map(act))));
  }
  return results;
}
