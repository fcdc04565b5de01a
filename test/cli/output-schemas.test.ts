import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { OUTPUT_SCHEMAS } from "./output-schemas.ts";

interface Schema {
  definitions?: Record<string, unknown>;
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
