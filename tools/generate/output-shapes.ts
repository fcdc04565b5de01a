import { readdir, readFile } from "node:fs/promises";

/** What a command prints with `--json`, in short. */
export interface OutputShape {
  /** One, or several with ` | ` between them; so has the title. */
  artifactType: string;
  title: string;
  /** `entries[]{job_name, status}, total` */
  data: string;
}

type SchemaNode = Record<string, unknown>;

const FOLDER = new URL("../../schemas/output/", import.meta.url);

/** The output of every command that has a schema for it, by its words: `jobs list`. */
export async function readOutputShapes(): Promise<Record<string, OutputShape>> {
  const shapes: Record<string, OutputShape> = {};
  for (const name of (await readdir(FOLDER)).toSorted()) {
    const schema = JSON.parse(await readFile(new URL(name, FOLDER), "utf8")) as SchemaNode;
    const properties = schema["properties"] as Record<string, SchemaNode> | undefined;
    if (properties?.["artifact_type"] === undefined) continue;
    shapes[String(schema["title"]).replace(/^cronverge /, "")] = {
      artifactType: wordsOf(properties["artifact_type"]),
      title: wordsOf(properties["title"] ?? {}),
      data: fieldsOf(properties["data"] ?? {}, { schema, depth: 0 }),
    };
  }
  return shapes;
}

/** What a text may be; ` | ` stands between several. */
function wordsOf(node: SchemaNode): string {
  const {
    const: one,
    enum: several,
    pattern,
  } = node as {
    const?: string;
    enum?: string[];
    pattern?: string;
  };
  const template = pattern?.replace(/^\^/, "").replace(/\$$/, "").replaceAll("\\d+", "N");
  return one ?? several?.join(" | ") ?? template?.replace(/: $/, ": …") ?? "";
}

const DEEPEST = 2;

function fieldsOf(node: SchemaNode, at: { schema: SchemaNode; depth: number }): string {
  const properties = Object.entries(resolve(node, at.schema)["properties"] ?? {});
  return properties.map(([name, field]) => `${name}${partsOf(field as SchemaNode, at)}`).join(", ");
}

/** What follows the name of a field: nothing for a plain value. */
function partsOf(given: SchemaNode, at: { schema: SchemaNode; depth: number }): string {
  const node = resolve(given, at.schema);
  const isList = node["items"] !== undefined;
  const inner = isList ? resolve(node["items"] as SchemaNode, at.schema) : node;
  const suffix = isList ? "[]" : "";
  if (inner["properties"] === undefined || at.depth >= DEEPEST) return suffix;
  return `${suffix}{${fieldsOf(inner, { schema: at.schema, depth: at.depth + 1 })}}`;
}

/** Follows references, and takes of several types the one that is not null. */
function resolve(node: SchemaNode, schema: SchemaNode): SchemaNode {
  const { $ref: reference } = node;
  if (typeof reference === "string") {
    const definitions = schema["definitions"] as Record<string, SchemaNode>;
    return resolve(definitions[reference.replace("#/definitions/", "")] ?? {}, schema);
  }
  const branches = (node["anyOf"] ?? node["oneOf"]) as SchemaNode[] | undefined;
  const branch = branches?.find(({ type }) => type !== "null");
  return branch === undefined ? node : resolve(branch, schema);
}
