import type { AnyNode, Expression, ObjectExpression } from "acorn";
import type { JsonObject, JsonValue } from "../model/json.ts";

/** Expressions by the name of the top-level constant that they are the value of. */
export type Constants = ReadonlyMap<string, AnyNode>;

/**
 * The value of an expression that can be read without running anything: literals, objects and
 * lists of them, and constants of the same file. Undefined for everything else.
 */
export function literalOf(node: AnyNode, constants: Constants): JsonValue | undefined {
  return readLiteral(node, { constants, depth: 0, work: { visited: 0 } });
}

const MAX_DEPTH = 16;
/** Constants made of constants may stand for more than any memory holds. */
const MAX_VISITED = 10_000;

interface Reading {
  constants: Constants;
  depth: number;
  /** Shared by all of one expression. */
  work: { visited: number };
}

function readLiteral(node: AnyNode, { constants, depth, work }: Reading): JsonValue | undefined {
  work.visited += 1;
  if (depth > MAX_DEPTH || work.visited > MAX_VISITED) return undefined;
  const read = (inner: AnyNode): JsonValue | undefined =>
    readLiteral(inner, { constants, depth: depth + 1, work });
  if (node.type === "Literal") return isPlain(node.value) ? node.value : undefined;
  if (node.type === "TemplateLiteral") {
    return node.expressions.length === 0 ? (node.quasis[0]?.value.cooked ?? undefined) : undefined;
  }
  if (node.type === "UnaryExpression" && node.operator === "-") {
    const value = read(node.argument);
    return typeof value === "number" ? -value : undefined;
  }
  if (node.type === "ArrayExpression") return listOf(node.elements, read);
  if (node.type === "ObjectExpression") return objectOf(node, read);
  const constant = node.type === "Identifier" ? constants.get(node.name) : undefined;
  return constant === undefined ? undefined : read(constant);
}

/** The entries of an object expression that have plain keys; spreads and computed keys are left out. */
export function entriesOf(node: ObjectExpression): Map<string, Expression> {
  const entries = new Map<string, Expression>();
  for (const property of node.properties) {
    if (property.type !== "Property" || property.computed || property.kind !== "init") continue;
    const name = keyName(property.key);
    if (name !== null) entries.set(name, property.value);
  }
  return entries;
}

export function keyName(key: AnyNode): string | null {
  if (key.type === "Identifier") return key.name;
  return key.type === "Literal" && typeof key.value === "string" ? key.value : null;
}

function objectOf(
  node: ObjectExpression,
  read: (node: AnyNode) => JsonValue | undefined,
): JsonObject | undefined {
  const entries = entriesOf(node);
  if (entries.size !== node.properties.length) return undefined;
  const value: JsonObject = {};
  for (const [name, expression] of entries) {
    const entry = read(expression);
    if (entry === undefined || name === "__proto__") return undefined;
    value[name] = entry;
  }
  return value;
}

function listOf(
  elements: readonly (AnyNode | null)[],
  read: (node: AnyNode) => JsonValue | undefined,
): JsonValue[] | undefined {
  const list: JsonValue[] = [];
  for (const element of elements) {
    const entry = element === null ? undefined : read(element);
    if (entry === undefined) return undefined;
    list.push(entry);
  }
  return list;
}

function isPlain(value: unknown): value is JsonValue {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
