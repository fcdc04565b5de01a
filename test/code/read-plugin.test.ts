import { test } from "node:test";
import assert from "node:assert/strict";
import { readPlugin } from "../../src/code/read-plugin.ts";
import type { PluginFacts } from "../../src/model/plugin.ts";
import { stripTypes } from "../../src/source/strip-types.ts";

function read(text: string): PluginFacts {
  return readPlugin(text, {
    file: "/p/job.ts",
    displayName: "p/job.ts",
    plugin: "job",
    stripTypes,
  });
}

function places(facts: PluginFacts): string[] {
  return facts.diagnostics.map(
    ({ severity, rule, line, column }) => `${severity} ${line}:${column} ${rule}`,
  );
}

const FULL = { name: "job", description: "d", schedule: "@daily", enabled: false };

test("the literals of defineJob are read, typed or not, direct or by name", () => {
  const fields = `name: "job", description: \`d\`, schedule: "@daily", enabled: false`;
  const head = `import { defineJob, type JobContext } from "cronverge";\n`;
  const forms = [
    `${head}export default defineJob({ ${fields}, async execute(ctx: JobContext): Promise<void> {} });`,
    `${head}const job = defineJob({ ${fields}, execute() {} });\nexport default job;`,
    `${head}const job = defineJob({ ${fields}, execute() {} });\nexport { job as default };`,
    `import { defineJob as d } from "cronverge";\nconst o = { ${fields}, execute() {} };\nexport default d(o);`,
    `${head}const when = "@daily";\nexport default defineJob({ ${fields.replace('"@daily"', "when")}, execute() {} });`,
    `${head}export default defineJob({ ${fields}, execute() {} } satisfies object);`,
  ];
  for (const form of forms) {
    const facts = read(form);
    assert.deepEqual(facts.declared, FULL, form);
    assert.deepEqual(facts.exports, ["default"]);
    assert.deepEqual(facts.diagnostics, []);
  }
});

test("the literal fields and getters of a class are read", () => {
  const facts = read(`
abstract class Base {}
export default class Job extends Base {
  name = "job";
  readonly description: string = "d";
  get schedule() { return "@daily"; }
  enabled = false;
  static name2 = "x";
  #secret = 1;
  async execute(ctx: unknown) {}
}`);
  assert.deepEqual(facts.declared, FULL);
  assert.deepEqual(
    read("class A { name = 'a'; run() {} }\nexport default new A();").declared.name,
    "a",
  );
});

test("named exports are listed with what each declares", () => {
  const facts = read(`
import { defineJob } from "cronverge";
export const build = defineJob({ name: "build", schedule: { every: "5m" }, execute() {} });
export const { a, b: [c], ...rest } = { a: 1, b: [2] };
export function plain() {}
const other = 1;
export { other as renamed };
export { x as y } from "./x.ts";
export default async (ctx: object) => ctx;`);
  assert.deepEqual(facts.exports, ["build", "a", "c", "rest", "plain", "renamed", "y", "default"]);
  assert.deepEqual(Object.keys(facts.declaredExports), ["build"]);
  assert.deepEqual(facts.declaredExports["build"]?.schedule, { every: "5m" });
  assert.equal(facts.declared.name, null);
  assert.deepEqual(read('export * from "./x.ts";').exports, ["*"]);
});

test("a defineJob that is not ours declares nothing", () => {
  assert.equal(
    read('import { defineJob } from "x";\nexport default defineJob({ name: "a" });').declared.name,
    null,
  );
});

test("constants made of constants are read only as far as memory holds them", () => {
  const lines = ['const a0 = ["x"];'];
  for (let level = 1; level <= 12; level += 1) {
    lines.push(`const a${level} = [${`a${level - 1},`.repeat(20)}];`);
  }
  lines.push('import { defineJob } from "cronverge";');
  lines.push("export default defineJob({ name: 'job', description: a12, execute() {} });");
  const facts = read(lines.join("\n"));
  assert.deepEqual(places(facts), ["warning 15:54 plugin/not-literal"]);
  assert.equal(facts.declared.name, "job");
});

test("what is no literal is a warning at its place, and is not guessed", () => {
  const facts = read(`import { defineJob } from "cronverge";
let when = "@daily";
export default defineJob({
  name: process.env.NAME,
  schedule: when,
  enabled: Date.now() > 0,
  execute() {},
});`);
  assert.deepEqual(places(facts), [
    "warning 4:9 plugin/not-literal",
    "warning 5:13 plugin/not-literal",
    "warning 6:12 plugin/not-literal",
  ]);
  assert.deepEqual(facts.declared, {
    name: null,
    description: null,
    schedule: null,
    enabled: null,
  });
});

test("a declaration of the wrong kind is an error at its place", () => {
  const facts = read(`import { defineJob } from "cronverge";
export default defineJob({ name: 5, schedule: { evry: "5m" }, enabled: "yes", execute() {} });`);
  assert.deepEqual(places(facts), [
    "error 2:34 plugin/declared",
    "error 2:47 plugin/declared",
    "error 2:72 plugin/declared",
  ]);
});

test("errors of syntax are shown where they are, in TypeScript and in JavaScript", () => {
  assert.deepEqual(places(read("const a: number = 1;\n\nconst b: = 2;\n")), [
    "error 3:10 plugin/syntax",
  ]);
  assert.deepEqual(places(read("const a = 1;\nenum Color { Red }\n")), ["error 2:1 plugin/syntax"]);
  const script = readPlugin("let a = 1;\nlet a = 2;\n", {
    file: "/p/job.js",
    plugin: "job",
    stripTypes: (source) => source,
  });
  assert.deepEqual(places(script), ["error 2:5 plugin/syntax"]);
  assert.equal(script.diagnostics[0]?.message, "identifier 'a' has already been declared");
  assert.equal(script.diagnostics[0].file, "/p/job.js");
});

test("types are stripped without a warning, and nothing of the process stays changed", () => {
  const before = Object.getOwnPropertyDescriptor(process, "emitWarning");
  const warnings: string[] = [];
  process.on("warning", (warning) => warnings.push(warning.message));
  stripTypes("const a: number = 1;");
  assert.throws(() => stripTypes("const : = 1"), SyntaxError);
  assert.deepEqual(Object.getOwnPropertyDescriptor(process, "emitWarning"), before);
  assert.deepEqual(warnings, []);
});

test("hostile code is read like any other: nothing of it runs", () => {
  const facts = read(`
globalThis.pwned = true;
import { defineJob } from "cronverge";
const __proto__ = { name: "x" };
export default defineJob({ name: "a", schedule: { __proto__: "x" }, ["enabled"]: true, ...__proto__, execute() {} });
${"[".repeat(500)}${"]".repeat(500)};`);
  assert.equal("pwned" in globalThis, false);
  assert.equal(facts.declared.name, "a");
  assert.equal(facts.declared.enabled, null);
});
