import assert from "node:assert/strict";
import { test } from "node:test";
import { scanImports } from "../../src/code/scan-imports.ts";

function names(text: string): string[] {
  return scanImports(text).map(({ specifier, line, column }) => `${line}:${column} ${specifier}`);
}

test("all strings that may name a module are found, whatever stands around them", () => {
  assert.deepEqual(
    names(`import a from "./a";
const x = "/*"; export * from /* ' */ './b'; const y = "*/";
<p>don't {require(// why
"./\\x63")}</p>; import("./d/" + n); import(\`./e/f-\${n}.ts\`); import("./g", { with: {} });
require?.((n));
`),
    ["1:10 ./a", "2:26 ./b", "3:11 ./c", "4:17 ./d/*", "4:37 ./e/*", "4:62 ./g", "5:1 *"],
  );
});

test("texts that are made to take long are given up", { timeout: 10_000 }, () => {
  const many = 50_000;
  assert.deepEqual(names("import/*".repeat(many)), ["1:1 *"]);
  assert.deepEqual(names(`import(${" ".repeat(many)}`), ["1:1 *"]);
  assert.equal(names("import(n)\n".repeat(many)).length, many);
  assert.deepEqual(names(`import${" ".repeat(many)}from${" ".repeat(many)}`), []);
  assert.deepEqual(names(`from "${"\\".repeat(many)}`), []);
});
