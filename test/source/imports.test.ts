import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findBuiltin } from "../../src/model/builtins.ts";
import type { LoadedConfig } from "../../src/source/load.ts";
import { loadConfig } from "../../src/source/load.ts";
import { testProject } from "../helpers/project.ts";
import type { TestProject } from "../helpers/project.ts";

const CONFIG = "jobs:\n  job: {schedule: '@daily'}\n";

async function load(project: TestProject, previous?: LoadedConfig): Promise<LoadedConfig> {
  return loadConfig({
    configFile: project.configFile,
    displayName: "services/scheduler/config.yaml",
    nowMs: Date.parse("2026-11-21T12:00:00Z"),
    ...(previous === undefined ? {} : { previous }),
  });
}

function said({ diagnostics }: LoadedConfig): string[] {
  return diagnostics.map(
    ({ file, line, column, rule, message, help }) =>
      `${file}:${line}:${column} ${rule} ${message} (${help})`,
  );
}

test("every import that leads nowhere is named at its place, with what was meant", async (t) => {
  const project = await testProject(t, CONFIG);
  await project.write("../../package.json", '{"dependencies": {"lodash": "^4"}, "imports": {}}');
  await project.write("plugins/_shared/note.ts", "export const note = 1;\n");
  await project.write(
    "plugins/job.ts",
    `import { note } from "./_shared/nope.ts";
import fs from "node:fss";
import _ from "lodahs";
import lodash from "lodash/fp.js";
import type { Gone } from "./gone.ts";
import secret from "/etc/passwd";
import alias from "#alias";
export * from "../../../../elsewhere.ts";
export default async () => { await import("./perhaps.ts"); };
`,
  );
  const file = "services/scheduler/plugins/job.ts";
  const loaded = await load(project);
  assert.equal(loaded.desired, null);
  assert.deepEqual(said(loaded), [
    `${file}:1:22 plugin/unresolved there is no file \`./_shared/nope.ts\` (did you mean \`./_shared/note.ts\`?)`,
    `${file}:2:16 plugin/unresolved Node has no module \`node:fss\` (did you mean \`node:fs\`?)`,
    `${file}:3:15 plugin/unresolved no package \`lodahs\` is declared in package.json or installed (did you mean \`lodash\`?)`,
    `${file}:6:20 plugin/outside \`/etc/passwd\` is outside of the project (copy what it needs into the project, or grant \`permissions: {read: […]}\` and read it at run time)`,
    `${file}:7:19 plugin/unresolved no package.json gives \`#alias\` a meaning (name it under \`imports\` of package.json, or give the path of the file)`,
    `${file}:8:15 plugin/outside \`../../../../elsewhere.ts\` is outside of the project (copy what it needs into the project, or grant \`permissions: {read: […]}\` and read it at run time)`,
  ]);
  assert.ok(loaded.sources.has(file), "so that its lines can be shown");
});

test("imports are followed as the bundler would, in circles and through links", async (t) => {
  const project = await testProject(t, CONFIG);
  await project.write(
    "../../package.json",
    '{"imports": {"#lib/*": {"types": "./t", "node": "./lib/*.ts"}}}',
  );
  await project.write("../../lib/alias.ts", "export {};\n");
  await project.write("../../node_modules/installed/index.js", "");
  await project.write(
    "plugins/_a.ts",
    'import "./_b.js"; import "./_data.json"; import "installed";\n',
  );
  await project.write("plugins/_b.ts", 'import "./_a"; import "./_folder"; import "#lib/alias";\n');
  await project.write("plugins/_data.json", "{}");
  await project.write("plugins/_folder/index.ts", 'import "node:fs"; import "cronverge";\n');
  await project.write("plugins/job.ts", 'import "./_link.ts";\nexport default () => 1;\n');
  await symlink("_a.ts", join(project.root, "services/scheduler/plugins/_link.ts"));
  const loaded = await load(project);
  assert.deepEqual(said(loaded), []);
  const code = loaded.code.get("job");
  assert.deepEqual(
    code?.modules.map(({ displayName }) => displayName),
    [
      "services/scheduler/plugins/job.ts",
      "services/scheduler/plugins/_a.ts",
      "services/scheduler/plugins/_b.ts",
      "services/scheduler/plugins/_data.json",
      "services/scheduler/plugins/_folder/index.ts",
      "lib/alias.ts",
    ],
  );
  assert.deepEqual(code?.packages, ["installed"]);
});

test("a file that a plugin imports is not offered as a job of its own", async (t) => {
  const project = await testProject(t, CONFIG);
  await project.write("plugins/job.ts", 'import "./shared.ts";\nexport default () => 1;\n');
  await project.write("plugins/shared.ts", "export const shared = 1;\n");
  await project.write("plugins/spare.ts", "export default () => 1;\n");
  const { available } = await load(project);
  assert.deepEqual(
    available.filter((name) => findBuiltin(name) === null),
    ["spare"],
  );
});

test("a mistake in an imported file is shown there, once, and its mending is seen", async (t) => {
  const project = await testProject(t, `${CONFIG}  other: {schedule: '@daily'}\n`);
  await project.write("plugins/job.ts", 'import "./_bad.ts";\nexport default () => 1;\n');
  await project.write("plugins/other.ts", 'import "./_bad.ts";\nexport default () => 1;\n');
  await project.write("plugins/_bad.ts", "export const = 1;\n");
  const broken = await load(project);
  assert.equal(broken.diagnostics.length, 1);
  assert.equal(broken.diagnostics[0]?.file, "services/scheduler/plugins/_bad.ts");
  await project.write("plugins/_bad.ts", "export const mended = 1;\n");
  const mended = await load(project, broken);
  assert.deepEqual(said(mended), []);
  assert.notEqual(mended.desired, null);
  assert.equal(
    dirname(mended.code.get("other")?.modules[1]?.path ?? ""),
    join(project.root, "services/scheduler/plugins"),
  );
});

test("aliases and folders mean what they mean to the bundler", async (t) => {
  const project = await testProject(t, CONFIG);
  const imports = {
    "#fs": "node:fs",
    "#gone": "node:gone",
    "#lib/*": "./wrong/*.ts",
    "#lib/deep/*": "./right/*.ts",
    "#us": "cronverge",
  };
  await project.write("../../package.json", JSON.stringify({ imports }));
  await project.write("../../right/x.ts", "");
  await project.write("plugins/_folder/package.json", '{"main": "./lib/start.js"}');
  await project.write("plugins/_folder/lib/start.js", "");
  const names = ["#fs", "#us", "#lib/deep/x", "./_folder", "#gone"];
  const lines = names.map((name) => `import "${name}";\n`);
  await project.write("plugins/job.ts", `${lines.join("")}export default () => 1;\n`);
  const loaded = await load(project);
  assert.deepEqual(
    loaded.diagnostics.map(({ line, message }) => `${line} ${message}`),
    ["5 Node has no module `node:gone`"],
  );
  assert.deepEqual(
    loaded.code
      .get("job")
      ?.modules.slice(1)
      .map(({ displayName }) => displayName),
    ["right/x.ts", "services/scheduler/plugins/_folder/lib/start.js"],
  );
});

test("a plugin that another imports is read once, and its mistakes are told once", async (t) => {
  const project = await testProject(t, `${CONFIG}  other: {schedule: '@daily'}\n`);
  await project.write("plugins/job.ts", 'import "./other.ts";\nexport default () => 1;\n');
  await project.write("plugins/other.ts", "export const = 1;\n");
  const loaded = await load(project);
  assert.deepEqual(
    loaded.diagnostics.filter(({ rule }) => rule === "plugin/syntax").map(({ file }) => file),
    ["services/scheduler/plugins/other.ts"],
  );
});

test("a large table in the code is no obstacle", async (t) => {
  const project = await testProject(t, CONFIG);
  const table = Array.from({ length: 200_000 }, (_, index) => index).join(",");
  await project.write("plugins/job.ts", `const table = [${table}];\nexport default () => table;\n`);
  assert.deepEqual(said(await load(project)), []);
});
