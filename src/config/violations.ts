import type { JsonObject, JsonValue } from "../model/json.ts";
import { misplacedKey, misplacedValue } from "./misplaced.ts";
import { errorAt, pathText, type Path, type PathFinding } from "./place.ts";
import { schemaAt, type SchemaNode } from "./schema.ts";
import { closest, didYouMean } from "./suggest.ts";
import type { ValidationError } from "./validator.generated.js";
import { explainText, kindOf, shown, wantedKinds } from "./words.ts";

/** A violation of the schema, and the smallest part of the value without which it would be gone. */
export interface ShapeFinding extends PathFinding {
  remove: Path;
}

/** What was validated: a value, its schema and the path at which it stands in the file. */
export interface Subject {
  value: JsonValue;
  schema: SchemaNode;
  base: Path;
}

export interface Violation extends Subject {
  /** Below the subject. */
  path: Path;
}

/** The mistake behind one of ajv's errors; null for an error that only repeats another. */
export function explain(error: ValidationError, violation: Violation): ShapeFinding | null {
  const schema = schemaAt(violation.schema, violation.path) ?? {};
  const value = valueAt(violation.value, violation.path);
  const full = [...violation.base, ...violation.path];
  const label = full.length === 0 ? "the file" : `\`${pathText(full)}\``;
  const at = (rule: string, message: string, help: string | null = null): ShapeFinding => ({
    ...errorAt(full, { rule, message: `${label} ${message}`, help }),
    remove: full,
  });
  switch (error.keyword) {
    case "additionalProperties":
      return explainUnknownKey(String(error.params["additionalProperty"]), { full, schema, value });
    case "required":
      return explainMissingKey(String(error.params["missingProperty"]), { full, schema, label });
    case "type":
      return at("config/type", ...explainType(schema, { value, full }));
    case "enum":
      return at("config/value", ...explainChoice(schema, value));
    case "pattern":
      // The pattern of a key is reported at its map, and once more as `propertyNames`.
      if (schema.type !== "string") return null;
      return at("config/format", ...explainText(schema, { value, full }));
    case "minimum":
    case "maximum":
      return at(
        "config/range",
        `must be from ${schema.minimum} to ${schema.maximum}, not ${shown(value)}`,
      );
    case "minLength":
    case "minItems":
      return at("config/empty", "must not be empty");
    case "maxLength":
      return at("config/range", `is too long: at most ${String(error.params["limit"])} characters`);
    case "uniqueItems":
      return explainRepeated(error, { full, value });
    case "not":
      // A value that is no mapping has every key and none for `not`; its type is the mistake.
      return !isObject(value) ? null : explainExclusive(error, { full, schema, value });
    case "propertyNames":
      return explainName(String(error.params["propertyName"]), { full, schema });
    default:
      return at("config/invalid", `is not valid (${error.keyword})`);
  }
}

function explainUnknownKey(
  key: string,
  { full, schema, value }: { full: Path; schema: SchemaNode; value: JsonValue },
): ShapeFinding {
  const isFree = (name: string): boolean => !isObject(value) || !Object.hasOwn(value, name);
  const free = Object.keys(schema.properties ?? {}).filter(isFree);
  return unknownKey(key, { full, allowed: free, value });
}

/** The finding about a key that the schema does not know at `full`. */
export function unknownKey(
  key: string,
  { full, allowed, value }: { full: Path; allowed: string[]; value: JsonValue },
): ShapeFinding {
  const where = full.length === 0 ? "at the top of the file" : `in \`${pathText(full)}\``;
  const path = [...full, key];
  const misplaced = misplacedKey(key, { full, value, allowed });
  const finding = errorAt(path, {
    rule: "config/unknown-key",
    message: misplaced?.message ?? `unknown key \`${key}\` ${where}`,
    help: misplaced?.help ?? didYouMean(key, allowed, "keys that can stand here"),
    part: "key",
  });
  return { ...finding, remove: path };
}

function explainMissingKey(
  key: string,
  { full, schema, label }: { full: Path; schema: SchemaNode; label: string },
): ShapeFinding {
  const help = schema.properties?.[key]?.description ?? null;
  const finding = errorAt(full, {
    rule: "config/missing-key",
    message: `${label} needs \`${key}\``,
    help: help === null ? null : `${key}: ${help}`,
    part: "key",
  });
  return { ...finding, remove: full };
}

function explainType(
  schema: SchemaNode,
  { value, full }: { value: JsonValue; full: Path },
): [string, string | null] {
  if (schema.type === "string" && schema.patternErrorMessage !== undefined) {
    return explainText(schema, { value, full });
  }
  const message = `must be ${wantedKinds([schema])}, not ${kindOf(value)}`;
  return [message, misplacedValue(full, value) ?? typeHelp(schema, value)];
}

function typeHelp(schema: SchemaNode, value: JsonValue): string | null {
  if (schema.type === "object" && value === null) return "write {} for a mapping without entries";
  if (schema.type === "string" && (typeof value === "number" || typeof value === "boolean")) {
    return `put it in quotes: "${String(value)}"`;
  }
  if (typeof value !== "string") return null;
  if (schema.type === "boolean" && /^(?:yes|on|no|off)$/i.test(value)) {
    return `in YAML 1.2 \`${value}\` is text: write ${/^(?:yes|on)$/i.test(value) ? "true" : "false"}`;
  }
  const isNumber = value.trim() !== "" && Number.isFinite(Number(value));
  if (schema.type === "integer" && isNumber) return "remove the quotes";
  return schema.type === "array" ? `write a list: [${value}]` : null;
}

function explainChoice(schema: SchemaNode, value: JsonValue): [string, string | null] {
  const choices = (schema.enum ?? []).map(String);
  const meant = OTHER_CHOICES.get(typeof value === "object" ? "" : String(value)) ?? "";
  const near = choices.includes(meant)
    ? meant
    : typeof value === "string"
      ? closest(value, choices)
      : null;
  return [
    `must be one of ${choices.join(", ")}, not ${shown(value)}`,
    near === null ? null : `did you mean \`${near}\`?`,
  ];
}

/** What people write for the levels of lints. */
const OTHER_CHOICES: ReadonlyMap<string, string> = new Map([
  ["false", "off"],
  ["none", "off"],
  ["ignore", "off"],
  ["disabled", "off"],
  ["true", "warn"],
  ["on", "warn"],
  ["warning", "warn"],
  ["err", "error"],
]);

function explainName(
  name: string,
  { full, schema }: { full: Path; schema: SchemaNode },
): ShapeFinding {
  const path = [...full, name];
  const rule = pathText(full) === "jobs" ? "config/job-name" : "config/name";
  const wanted =
    schemaAt(schema.propertyNames ?? {}, [])?.patternErrorMessage ?? "is not a valid name";
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^[-_0-9]+|-+$/g, "");
  const help =
    rule === "config/job-name" && slug !== "" && slug !== name ? `write \`${slug}\`` : null;
  const message = `the name \`${name}\` ${wanted}`;
  return { ...errorAt(path, { rule, message, help, part: "key" }), remove: path };
}

function explainRepeated(
  error: ValidationError,
  { full, value }: { full: Path; value: JsonValue },
): ShapeFinding {
  const index = Math.max(Number(error.params["i"]), Number(error.params["j"]));
  const path = [...full, index];
  const entry = Array.isArray(value) ? (value[index] ?? null) : null;
  const message = `\`${pathText(full)}\` has ${shown(entry)} twice`;
  return { ...errorAt(path, { rule: "config/repeated", message }), remove: path };
}

function explainExclusive(
  error: ValidationError,
  { full, schema, value }: { full: Path; schema: SchemaNode; value: JsonObject },
): ShapeFinding {
  const rule = schema.allOf?.[Number(/allOf\/(\d+)/.exec(error.schemaPath)?.[1] ?? 0)];
  const keys = Object.keys(value);
  const [, second = ""] = keys.filter((key) => rule?.not.required.includes(key));
  const path = [...full, second];
  const message = `\`${pathText(full)}\` ${rule?.errorMessage ?? "has keys that exclude one another"}`;
  return { ...errorAt(path, { rule: "config/one-of", message, part: "key" }), remove: path };
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The path of a JSON pointer; a segment is an index where the value has a list. */
export function pathOf(pointer: string, root: JsonValue): Path {
  const path: (string | number)[] = [];
  let value: JsonValue | undefined = root;
  for (const raw of pointer.split("/").slice(1)) {
    const segment = raw.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(value) ? Number(segment) : segment);
    value = child(value, segment);
  }
  return path;
}

export function valueAt(root: JsonValue, path: Path): JsonValue {
  let value: JsonValue | undefined = root;
  for (const segment of path) value = child(value, segment);
  return value ?? null;
}

function child(value: JsonValue | undefined, segment: string | number): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(segment)];
  return isObject(value) ? value[segment] : undefined;
}
