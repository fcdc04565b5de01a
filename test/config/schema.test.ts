import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { SCHEMA_TEXT } from "../../src/config/schema.generated.ts";
import { validate } from "../../src/config/validator.generated.js";
import { check } from "./checking.ts";

interface Node {
  [keyword: string]: unknown;
}

const SCHEMA = JSON.parse(
  readFileSync(new URL("../../schemas/scheduler.schema.json", import.meta.url), "utf8"),
) as Node;

/** Keywords that say something to people and constrain nothing. */
const ANNOTATIONS = new Set(["description", "markdownDescription", "title", "examples"]);

/** Every schema in the schema, with its path. */
function nodes(node: unknown, path: string, isSchema: boolean): [string, Node][] {
  if (typeof node !== "object" || node === null) return [];
  const inner = Object.entries(node).flatMap(([key, value]) => {
    if (key === "examples" && isSchema) return [];
    const holdsSchemas = isSchema && (key === "properties" || key === "$defs");
    return nodes(value, `${path}/${key}`, !holdsSchemas);
  });
  return isSchema && !Array.isArray(node) ? [[path, node as Node], ...inner] : inner;
}

const ALL = nodes(SCHEMA, "#", true);

test("what is generated from the schema is what is on disk", () => {
  execFileSync(process.execPath, ["tools/generate.ts", "--check"], {
    cwd: new URL("../..", import.meta.url),
  });
  assert.deepEqual(JSON.parse(SCHEMA_TEXT), SCHEMA);
});

test("no constraint stands beside $ref: an editor would ignore it under draft-07", () => {
  for (const [path, node] of ALL) {
    if (!("$ref" in node)) continue;
    const others = Object.keys(node).filter((key) => key !== "$ref" && !ANNOTATIONS.has(key));
    assert.deepEqual(others, [], path);
  }
});

test("every object is closed, or says what its entries are", () => {
  for (const [path, node] of ALL) {
    if (node["type"] === "object") assert.ok("additionalProperties" in node, path);
  }
});

test("every key is documented in both forms, and has a title or a plain type", () => {
  for (const [path, node] of ALL) {
    for (const [key, property] of Object.entries(
      (node["properties"] ?? {}) as Record<string, Node>,
    )) {
      assert.equal(typeof property["description"], "string", `${path}/${key}`);
      assert.equal(typeof property["markdownDescription"], "string", `${path}/${key}`);
      const target = resolve(property);
      assert.ok(
        "examples" in property || "examples" in target || "properties" in target,
        `${path}/${key}: no example`,
      );
    }
  }
});

test("every pattern says in words what it wants", () => {
  for (const [path, node] of ALL) {
    if ("pattern" in node) assert.equal(typeof node["patternErrorMessage"], "string", path);
  }
});

test("every definition is used, and every example of one is valid", () => {
  const ajv = new Ajv({ strict: false });
  ajv.addSchema(SCHEMA, "scheduler");
  const text = JSON.stringify(SCHEMA);
  for (const [name, definition] of Object.entries(SCHEMA["$defs"] as Record<string, Node>)) {
    assert.ok(text.includes(`"#/$defs/${name}"`), `${name} is not used`);
    for (const example of (definition["examples"] ?? []) as unknown[]) {
      assert.ok(
        ajv.validate(`scheduler#/$defs/${name}`, example),
        `${name}: ${JSON.stringify(example)}`,
      );
    }
  }
});

test("the branches of a union exclude one another by kind, or by the key they need", () => {
  for (const [path, node] of ALL) {
    const branches = ((node["oneOf"] ?? []) as Node[]).map(resolve);
    const kinds = branches.map(
      ({ type, required }) => `${String(type)} ${JSON.stringify(required)}`,
    );
    assert.equal(new Set(kinds).size, kinds.length, path);
  }
});

/** Values beyond every range, by the definition and the key that tells of the range. */
const BEYOND: readonly [definition: string, key: string, text: string][] = [
  ...["timeout", "grace", "deadline", "late_after", "memory", "output"].flatMap(
    (key): [string, string, string][] => {
      const value = key === "memory" || key === "output" ? "99999GB" : "99999d";
      return [
        ["job", key, `jobs: {a: {command: [x], ${key}: ${value}}}`],
        ["defaults", key, `{defaults: {${key}: ${value}}, jobs: {}}`],
      ];
    },
  ),
  ["job", "spread", "jobs: {a: {command: [x], spread: 99999d}}"],
  ["backoff", "initial", "defaults: {retry: {attempts: 2, backoff: {initial: 99999d}}}"],
  ["backoff", "max", "defaults: {retry: {attempts: 2, backoff: {max: 99999d}}}"],
  ["catchup", "window", "defaults: {catchup: {window: 99999d}}"],
  ["intervalSchedule", "every", "jobs: {a: {command: [x], schedule: {every: 99999d}}}"],
  ["database", "lease", "database: {lease: 99999d}"],
  ["executionRetention", "age", "retention: {executions: {age: 99999d}}"],
  ["retention", "logs", "retention: {logs: 99999d}"],
  ["heartbeatFile", "every", "node: {heartbeat: {file: ./alive, every: 99999d}}"],
  ["heartbeatUrl", "every", "node: {heartbeat: {url: 'http://a', every: 99999d}}"],
];

test("the text of a duration or a size tells the range that is checked", () => {
  const definitions = SCHEMA["$defs"] as Record<string, { properties?: Record<string, Node> }>;
  for (const [definition, key, text] of BEYOND) {
    const config = text.includes("jobs:") ? text : `${text}\njobs: {}`;
    const [range] = check(config).flatMap(({ message }) => RANGE.exec(message) ?? []);
    const { from, to } = RANGE.exec(range ?? assert.fail(config))?.groups ?? {};
    const told = String(definitions[definition]?.properties?.[key]?.["markdownDescription"]);
    assert.ok(told.includes(`from \`${from}\` to \`${to}\``), `${definition}.${key}: ${told}`);
  }
});

const RANGE = /(?:from|at least) (?<from>\S+) (?:to|and at most) (?<to>[^\s,]+)/;

test("the validator is one file without imports", () => {
  const source = readFileSync(
    new URL("../../src/config/validator.generated.js", import.meta.url),
    "utf8",
  );
  assert.doesNotMatch(source, /^\s*import\b|\bfrom\s*["']/m);
  assert.ok(validate({ jobs: {} }));
  assert.ok(!validate({ jobs: { a: { timezone: "x" } } }));
});

function resolve(node: Node): Node {
  const reference = node["$ref"];
  if (typeof reference !== "string") return node;
  const definitions = SCHEMA["$defs"] as Record<string, Node>;
  return definitions[reference.replace("#/$defs/", "")] ?? {};
}
