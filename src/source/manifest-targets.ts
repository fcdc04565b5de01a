import type { JsonValue } from "../model/json.ts";
import { asObject } from "../model/json.ts";

/**
 * What a key under `imports` or `exports` of a package.json stands for: first as `import` sees it,
 * then as `require` does where that is something else. Empty where it stands for nothing.
 */
export function targetsOf(key: string, entries: ReadonlyMap<string, JsonValue>): string[] {
  const found = CONDITIONS.map((conditions) => targetOf(key, { entries, conditions }));
  return [...new Set(found.filter((target) => target !== null))];
}

/** The entries of `exports`, which may leave out the name of its only one. */
export function exportEntries(exports: JsonValue): ReadonlyMap<string, JsonValue> {
  const entries = Object.entries(asObject(exports));
  const named = entries.some(([key]) => key.startsWith("."));
  return named ? new Map(entries) : new Map([[".", exports]]);
}

/** Those under which the bundler reads a job's code, by the two ways to load a module. */
const CONDITIONS: readonly ReadonlySet<string>[] = [
  new Set(["node", "import", "module", "default"]),
  new Set(["node", "require", "module", "default"]),
];

interface Entries {
  entries: ReadonlyMap<string, JsonValue>;
  conditions: ReadonlySet<string>;
}

function targetOf(key: string, { entries, conditions }: Entries): string | null {
  const exact = entries.get(key);
  if (exact !== undefined) return targetText(exact, conditions) ?? null;
  // Of several patterns that fit, Node takes the one with the longest beginning.
  const patterns = [...entries].sort(
    ([a], [b]) => b.indexOf("*") - a.indexOf("*") || b.length - a.length,
  );
  for (const [pattern, value] of patterns) {
    const [head = "", tail] = pattern.split("*");
    if (tail === undefined || !key.startsWith(head) || !key.endsWith(tail)) continue;
    if (key.length < head.length + tail.length) continue;
    const middle = key.slice(head.length, key.length - tail.length);
    return targetText(value, conditions)?.replaceAll("*", () => middle) ?? null;
  }
  return null;
}

/** Undefined where no condition holds, so that the next may; null where that is said on purpose. */
function targetText(value: JsonValue, conditions: ReadonlySet<string>): string | null | undefined {
  if (typeof value === "string" || value === null) return value;
  if (Array.isArray(value)) {
    for (const entry of value) {
      const found = targetText(entry, conditions);
      if (typeof found === "string") return found;
    }
    return undefined;
  }
  if (typeof value !== "object") return undefined;
  for (const [condition, inner] of Object.entries(value)) {
    if (!conditions.has(condition)) continue;
    const found = targetText(inner, conditions);
    if (found !== undefined) return found;
  }
  return undefined;
}
