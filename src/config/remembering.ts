const RESULTS_KEPT = 20_000;

/**
 * `compute` with its results kept: a large file has few schedules that differ, and a reload has the
 * same again. What it returns must depend on the text alone.
 */
export function remembering<T>(compute: (text: string) => T): (text: string) => T {
  const results = new Map<string, T>();
  return (text) => {
    const known = results.get(text);
    if (known !== undefined) return known;
    const result = compute(text);
    if (results.size >= RESULTS_KEPT) results.clear();
    results.set(text, result);
    return result;
  };
}
