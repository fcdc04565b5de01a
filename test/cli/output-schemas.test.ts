import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { OUTPUT_SHAPES } from "../../src/views/output-shapes.generated.ts";
import { OUTPUT_SCHEMAS } from "./output-schemas.ts";

interface Schema {
  title?: string;
  definitions?: Record<string, unknown>;
  properties?: { artifact_type?: { const?: string; enum?: string[] } };
}

function schemaOf(name: string): Schema {
  const file = new URL(`../../schemas/output/${name}.schema.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}

test("a plan has one shape, whichever command prints it", () => {
  const { plan, ...parts } = schemaOf("plan").definitions ?? {};
  const holders = OUTPUT_SCHEMAS.filter((name) => schemaOf(name).definitions?.["plan"]);
  assert.deepEqual(holders.sort(), ["apply", "plan", "revisions-diff", "revisions-show"]);
  for (const name of holders) {
    const definitions = schemaOf(name).definitions ?? {};
    for (const [part, shape] of Object.entries({ plan, ...parts })) {
      assert.deepEqual(definitions[part], shape, `${name}: ${part}`);
    }
  }
});

test("the reference of the commands has each artifact type, also where there are several", () => {
  for (const name of OUTPUT_SCHEMAS) {
    const { title = "", properties } = schemaOf(name);
    const type = properties?.artifact_type;
    if (type === undefined) continue;
    const wanted = type.enum ?? [type.const];
    const command = title.replace(/^cronverge /, "");
    assert.deepEqual(OUTPUT_SHAPES[command]?.artifactType.split(" | "), wanted, command);
  }
});
