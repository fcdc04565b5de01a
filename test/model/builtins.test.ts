import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BUILTINS, findBuiltin } from "../../src/model/builtins.ts";

test("a built-in is found by either spelling of its name", () => {
  assert.equal(findBuiltin("cleanup_sessions"), "cleanup-sessions");
  assert.equal(findBuiltin("log-cleanup"), "log-cleanup");
  assert.equal(findBuiltin("database-cleanup"), "database_cleanup");
  assert.equal(findBuiltin("toString"), null);
});

test("each parameter, default and schedule is documented as it is", () => {
  const text = readFileSync(new URL("../../docs/maintenance.md", import.meta.url), "utf8");
  for (const [name, { defaultSchedule, enforcesByDefault, parameters }] of Object.entries(
    BUILTINS,
  )) {
    const row = text.split("\n").find((line) => line.startsWith(`| \`${name}\` |`)) ?? "";
    assert.ok(row.includes(`| \`${defaultSchedule}\` |`), `the schedule of ${name}`);
    assert.ok(row.endsWith(`| ${enforcesByDefault} |`), `enforce of ${name}`);
    const section = sectionOf(text, name);
    for (const [parameter, facts] of Object.entries(parameters)) {
      const shown =
        facts.kind === "number" ? facts.default : `\`${JSON.stringify(facts.default)}\``;
      const cell = parameter === "tables" ? "all six" : shown;
      assert.ok(section.includes(`| \`${parameter}\` | ${cell} |`), `${name}: ${parameter}`);
    }
  }
});

/** From the heading that names the job to the next. */
function sectionOf(text: string, name: string): string {
  const sections = text.split("\n## ");
  return sections.find((section) => section.split("\n", 1)[0]?.includes(`\`${name}\``)) ?? "";
}
