import type { JsonValue } from "../model/json.ts";

/**
 * A JSON value that PostgreSQL can store: it refuses NUL and lone surrogates. `redact` is applied
 * to every text in it.
 */
export function storableJson(value: JsonValue, redact: (text: string) => string): JsonValue {
  if (typeof value === "string") return storableText(redact(value));
  if (Array.isArray(value)) return value.map((entry) => storableJson(entry, redact));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      storableText(redact(key)),
      storableJson(entry, redact),
    ]),
  );
}

export function storableText(text: string): string {
  return text.replaceAll("\0", "␀").toWellFormed();
}
