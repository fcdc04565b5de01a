import type { JsonValue } from "../model/json.ts";
import type { Path } from "./place.ts";
import { SCHEMA_TEXT } from "./schema.generated.ts";

/** What the mapper of errors reads of a JSON Schema. */
export interface SchemaNode {
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, SchemaNode>;
  additionalProperties?: boolean | SchemaNode;
  propertyNames?: SchemaNode;
  items?: SchemaNode;
  required?: string[];
  oneOf?: SchemaNode[];
  allOf?: { not: { required: string[] }; errorMessage: string }[];
  enum?: JsonValue[];
  pattern?: string;
  patternErrorMessage?: string;
  minimum?: number;
  maximum?: number;
}

/** A branch of a union: the name of its definition, and the definition. */
export interface Branch {
  name: string;
  schema: SchemaNode;
}

let parsed: (SchemaNode & { $defs: Record<string, SchemaNode> }) | null = null;

/** The schema of the whole file. It is parsed at the first mistake, not before. */
export function rootSchema(): SchemaNode & { $defs: Record<string, SchemaNode> } {
  parsed ??= JSON.parse(SCHEMA_TEXT) as SchemaNode & { $defs: Record<string, SchemaNode> };
  return parsed;
}

/** The schema of the value at `path` below a value of `schema`; null where no schema says anything. */
export function schemaAt(schema: SchemaNode, path: Path): SchemaNode | null {
  let node: SchemaNode | null = resolve(schema);
  for (const segment of path) {
    if (node === null) return null;
    node = step(node, segment);
  }
  return node;
}

export function branchesOf(union: SchemaNode): Branch[] {
  return (union.oneOf ?? []).map((branch) => ({
    name: definitionName(branch),
    schema: resolve(branch),
  }));
}

export function resolve(node: SchemaNode): SchemaNode {
  if (node.$ref === undefined) return node;
  return rootSchema().$defs[definitionName(node)] ?? {};
}

function step(node: SchemaNode, segment: string | number): SchemaNode | null {
  if (typeof segment === "number") return node.items === undefined ? null : resolve(node.items);
  const property = node.properties?.[segment];
  if (property !== undefined) return resolve(property);
  return typeof node.additionalProperties === "object" ? resolve(node.additionalProperties) : null;
}

function definitionName(node: SchemaNode): string {
  return (node.$ref ?? "").replace("#/$defs/", "");
}
