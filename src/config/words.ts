import type { JsonValue } from "../model/json.ts";
import type { Path } from "./place.ts";
import type { SchemaNode } from "./schema.ts";

/** What a value is, as a message says it after "not". */
export function kindOf(value: JsonValue): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? `the text ${shown(value)}` : String(value);
}

/** A value in a message, cut where it would push the message out of sight. */
export function shown(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** What schemas ask for: `text, {env: …} or {file: …}`. */
export function wantedKinds(schemas: SchemaNode[]): string {
  const kinds = [...new Set(schemas.map(wantedKind))];
  const last = kinds.pop() ?? "something else";
  return kinds.length === 0 ? last : `${kinds.join(", ")} or ${last}`;
}

function wantedKind(schema: SchemaNode): string {
  const [key] = schema.required ?? [];
  if (schema.type === "object" && key !== undefined) return `{${key}: …}`;
  return KINDS[schema.type ?? ""] ?? "another kind of value";
}

const KINDS: Record<string, string> = {
  object: "a mapping",
  array: "a list",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  string: "text",
};

/** Message and help for a value at a path that does not have the form its pattern asks for. */
export function explainText(
  schema: SchemaNode,
  { value, full }: { value: JsonValue; full: Path },
): [string, string | null] {
  const wanted = schema.patternErrorMessage ?? `must match ${schema.pattern ?? "the pattern"}`;
  const message = `${wanted}, not ${typeof value === "string" ? shown(value) : kindOf(value)}`;
  // What is kept is kept for days; all else is short.
  const unit = full[0] === "retention" ? "d" : "s";
  const fixed = repair(wanted, { value, unit });
  return [message, fixed === null ? null : `did you mean \`${fixed}\`?`];
}

/** `5 minutes` → `5m`, `30` → `30s`, `256 mb` → `256MB`: what people write at first. */
function repair(
  wanted: string,
  { value, unit }: { value: JsonValue; unit: string },
): string | null {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const text = String(value).trim();
  if (wanted.startsWith("must be a duration")) return repairDuration(text, unit);
  if (wanted.startsWith("must be a size")) return repairSize(text);
  return null;
}

function repairDuration(text: string, defaultUnit: string): string | null {
  const match = /^(\d+)\s*([a-z]*)$/i.exec(text);
  if (match === null) return null;
  const [, count = "", word = ""] = match;
  if (word === "") return `${count}${defaultUnit}`;
  const unit = DURATION_WORDS.find(([, words]) => words.test(word))?.[0];
  return unit === undefined ? null : `${count}${unit}`;
}

const DURATION_WORDS: [string, RegExp][] = [
  ["ms", /^(?:ms|msecs?|millis|milliseconds?)$/i],
  ["s", /^(?:s|secs?|seconds?)$/i],
  ["m", /^(?:m|mins?|minutes?)$/i],
  ["h", /^(?:h|hrs?|hours?)$/i],
  ["d", /^(?:d|days?)$/i],
];

function repairSize(text: string): string | null {
  const match = /^(\d+)\s*([kmg]?)(i?)b?$/i.exec(text);
  if (match === null) return null;
  const [, count = "", prefix = "", binary = ""] = match;
  if (prefix === "") return `${count}B`;
  return `${count}${prefix.toUpperCase()}${binary === "" ? "" : "i"}B`;
}
