/** A value that JSON can carry. `undefined`, functions, dates and bigints are not JSON. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue };

export type JsonObject = { [key: string]: JsonValue };

/**
 * The one text of a JSON value: object keys sorted, no blanks. Equal values have equal text, so it
 * serves as the input of a hash and as a cheap deep comparison.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`);
  return `{${entries.join(",")}}`;
}

/** The text of a JSON file as an object; an empty one where it is anything else. */
export function parseObject(text: string): Record<string, JsonValue> {
  try {
    const value: JsonValue = JSON.parse(text);
    return asObject(value);
  } catch {
    return {};
  }
}

/** A value that may be anything as an object; an empty one where it is none. */
export function asObject(value: JsonValue | undefined): Record<string, JsonValue> {
  return isRecord(value) ? value : {};
}

/** Whether a value is an object and no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a list of texts. */
export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}
