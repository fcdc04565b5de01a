import assert from "node:assert/strict";
import { mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { DISK } from "../../src/source/disk.ts";
import { loadConfig } from "../../src/source/load.ts";
import type { PluginModules } from "../../src/source/modules.ts";
import { stopBundler } from "../../src/source/bundle.ts";
import { testProject } from "../helpers/project.ts";
import type { TestProject } from "../helpers/project.ts";

const CONFIG = "jobs:\n  job: {schedule: '@daily'}\n";
const PLUGINS = "services/scheduler/plugins";

test.after(() => stopBundler());

/** Files below the root; of `plugins/` those whose names start with `_` need no folder. */
type Files = Record<string, string>;

async function write(project: TestProject, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(project.root, /^_|^job\./.test(name) ? `${PLUGINS}/${name}` : name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

async function known(project: TestProject): Promise<PluginModules> {
  const tree = { ...DISK, tracks: async () => true };
  const { configFile } = project;
  const loaded = await loadConfig({ configFile, nowMs: Date.parse("2026-11-21T12:00:00Z"), tree });
  assert.deepEqual(loaded.diagnostics, []);
  const code = loaded.code.get("job");
  assert.ok(code);
  return code;
}

function names(project: TestProject, { modules }: PluginModules): string[] {
  return modules.map(({ path }) => relative(project.root, path)).sort();
}

/** What the bundler says that it read. */
async function bundled({ root }: TestProject): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, PLUGINS, "job.ts")],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "node26",
    external: ["cronverge"],
    tsconfigRaw: {},
    logLevel: "silent",
    outfile: "job.mjs",
  });
  const paths = Object.keys(metafile.inputs).map((input) =>
    realpath(resolve(root, input.replace(/\?.*/, ""))),
  );
  return (await Promise.all(paths)).map((path) => relative(root, path)).sort();
}

const VALUE = "export default 1;\n";
const job = (body: string, head = ""): string =>
  `${head}\nexport default async (n: string, yes: boolean) => [n, yes, ${body}];\n`;

const PROJECTS: Record<string, Files> = {
  "names without anything computed": {
    "job.ts": job('await import(`./_a.ts`), require(`./_b.ts`), await import("./" + "_c.ts")'),
    "_a.ts": VALUE,
    "_b.ts": VALUE,
    "_c.ts": VALUE,
  },
  "one of two": {
    "job.ts": job('await import(yes ? "./_a.ts" : n ? "./_b.ts" : "./_c.ts")'),
    "_a.ts": VALUE,
    "_b.ts": VALUE,
    "_c.ts": VALUE,
  },
  "what the bundler works out": {
    "job.ts": job(
      'await import(true && "./_a.ts"), await import(null ?? `.\\u002f_b.ts`), require("./_d//c.ts"), await import("././_d/../_d.ts")',
    ),
    "_a.ts": VALUE,
    "_b.ts": VALUE,
    "_d/c.ts": VALUE,
    "_d.ts": VALUE,
  },
  "computed names": {
    "job.ts": job(
      'await import("./_d/" + n + ".ts"), await import(`./_e/x-${n}.ts`), require(`./_f/${n}/${yes}.js`)',
    ),
    "_d/a.ts": 'import "../_g.ts";\n',
    "_d/sub/b.ts": VALUE,
    "_d/.hidden.ts": VALUE,
    "_d/c.js": VALUE,
    "_e/x-1.ts": VALUE,
    "_e/y-1.ts": VALUE,
    "_e/x-1/a.ts": VALUE,
    "_f/top.js": VALUE,
    "_f/a/b.js": VALUE,
    "_g.ts": VALUE,
  },
  "JSX on the way": {
    "job.ts": job("a, b", 'import a from "./_a.tsx"; import b from "./_b.jsx";'),
    "_a.tsx":
      "const React = {createElement: () => 1};\nexport { x } from './_x';\n" +
      'import /* " */ y from "./_y.ts";\n' +
      "export default () => <p title=\"it's\">don't {import('./_z.ts')} {y}</p>;\n",
    "_b.jsx":
      '/* @jsxRuntime automatic */ /* @jsxImportSource ./_own */\nconst t = "/*"; import "./_x.ts"; const u = "*/";\nexport default () => <p>{t}{u}</p>;\n',
    "_own/jsx-runtime.js": "export const jsx = 1, jsxs = 1, Fragment = 1;\n",
    "_x.ts": "export const x = 1;\n",
    "_y.ts": VALUE,
    "_z.ts": VALUE,
  },
  "scripts in the older style": {
    "job.ts": job("a, b", 'import a from "./_a.cjs"; import b from "./_b.js";'),
    "_a.cjs": 'if (globalThis.never) return;\nmodule.exports = require("./_c.cjs");\n',
    "_b.js":
      '<!-- older than modules\nif (globalThis.never) return;\nmodule.exports = require("./_d.js");\n',
    "_c.cjs": "module.exports = 1;\n",
    "_d.js": "module.exports = 1;\n",
  },
  "folders and what stands for them": {
    "job.ts": job(
      "a, b, c, d",
      'import a from "./_main"; import b from "./_module"; import c from "./_both"; import d from "./_both/";',
    ),
    "_main/package.json": '{"main": "./lib", "module": "./not.js"}',
    "_main/lib/index.js": VALUE,
    "_main/not.js": VALUE,
    "_module/package.json": '{"module": "start.mjs", "exports": "./not.js"}',
    "_module/start.mjs": VALUE,
    "_module/index.ts": VALUE,
    "_both.ts": VALUE,
    "_both/package.json": '{"main": "gone.js"}',
    "_both/index.js": VALUE,
  },
  "aliases and the project's own name": {
    "package.json": JSON.stringify({
      name: "me",
      imports: {
        "#*": "./wide/*.ts",
        "#lib/*": ["./lib/*.ts"],
        "#on": { types: "./no.ts", require: "./no.ts", default: "./lib/on.ts" },
      },
      exports: { ".": "./self.ts", "./in/*": { browser: "./no.ts", node: "./lib/*.ts" } },
    }),
    "self.ts": VALUE,
    "no.ts": VALUE,
    "lib/a.ts": VALUE,
    "lib/b.ts": VALUE,
    "lib/on.ts": VALUE,
    "wide/w.ts": VALUE,
    "wide/lib/a.ts": VALUE,
    "job.ts": job(
      "a, b, c, d",
      'import a from "#lib/a"; import b from "#w"; import c from "me"; import d from "me/in/b";',
    ),
  },
  "packages that are committed": {
    "job.ts": job(
      "a, b, c, d",
      'import a from "one"; import b from "@two/x/deep"; import c from "three"; import d from "one/file";',
    ),
    "node_modules/one/package.json": '{"main": "i.js"}',
    "node_modules/one/i.js": 'import "./j"; import "three";\n export default 1;',
    "node_modules/one/j.js": VALUE,
    "node_modules/one/j.ts": VALUE,
    "node_modules/one/file.js": VALUE,
    "services/node_modules/@two/x/package.json": '{"exports": {"./*": {"import": "./d/*.js"}}}',
    "services/node_modules/@two/x/d/deep.js": VALUE,
    "node_modules/three.js": VALUE,
  },
  "what follows a question mark, and files of data": {
    "job.ts": job(
      "a, b, c",
      'import a from "./_a.ts?raw"; import b from "./_b.json"; import c from "./_c.module.css";',
    ),
    "_a.ts": VALUE,
    "_b.json": "{}",
    "_c.module.css": '.a { composes: b from "./_d.module.css"; }',
    "_d.module.css": ".b { color: red; }",
  },
};

for (const [title, files] of Object.entries(PROJECTS)) {
  test(`the files of a plugin are those that the bundler reads: ${title}`, async (t) => {
    const project = await testProject(t, CONFIG);
    await write(project, { "package.json": "{}", ...files });
    const code = await known(project);
    assert.deepEqual(names(project, code), await bundled(project));
    assert.deepEqual(code.unknown, []);
  });
}

test("a package of the workspace is followed, installed or not", async (t) => {
  const project = await testProject(t, CONFIG);
  await write(project, {
    "package.json":
      '{"workspaces": ["packages/*"], "dependencies": {"own": "*", "by-path": "file:./near"}}',
    "packages/own/package.json": '{"name": "own", "main": "start.ts"}',
    "packages/own/start.ts": VALUE,
    "near/index.js": VALUE,
    "job.ts": job("a, b", 'import a from "own"; import b from "by-path";'),
  });
  const before = names(project, await known(project));
  assert.deepEqual(before, ["near/index.js", "packages/own/start.ts", `${PLUGINS}/job.ts`]);
  await mkdir(join(project.root, "node_modules"));
  await symlink("../packages/own", join(project.root, "node_modules/own"));
  await symlink("../near", join(project.root, "node_modules/by-path"));
  assert.deepEqual(names(project, await known(project)), before);
  assert.deepEqual(await bundled(project), before);
});

test("what cannot be known is said with its place", async (t) => {
  const project = await testProject(t, CONFIG);
  await write(project, {
    "package.json": '{"workspaces": ["packages/*"], "dependencies": {"built": "*"}}',
    "packages/built/package.json": '{"name": "built", "main": "dist/index.js"}',
    "_bad.js": 'import "./_x.ts"; this is no program;\n',
    "_x.ts": VALUE,
    "_y.tsx": "export default (n) => <p>{require(n)}</p>;\n",
    "job.ts": job(
      'await import(n), require(n + "/x"), a',
      'import "./_bad.js"; import "built";import a from "./_y.tsx";',
    ),
  });
  const code = await known(project);
  assert.deepEqual(
    code.unknown.map((phrase) => phrase.slice(phrase.indexOf("plugins/"))),
    [
      "plugins/job.ts:1:28 imports `built`, whose files are not in the repository",
      "plugins/job.ts:2:73 loads a module whose name is computed",
      "plugins/job.ts:2:85 loads a module whose name is computed",
      "plugins/_bad.js cannot be read as a module or a script",
      "plugins/_y.tsx:1:27 loads a module whose name is computed",
    ],
  );
  assert.ok(names(project, code).includes(`${PLUGINS}/_x.ts`));
});

test("of a package.json only counts what decides which code is bundled", async (t) => {
  const project = await testProject(t, CONFIG);
  const hashes = async (manifest: object): Promise<string> => {
    await write(project, { "package.json": JSON.stringify(manifest) });
    return (await known(project)).manifests.map(({ sha256 }) => sha256).join();
  };
  await write(project, { "job.ts": job("a", 'import a from "a";') });
  const plain = { dependencies: { a: "^1", b: "^1" } };
  const same = await hashes(plain);
  assert.equal(await hashes({ ...plain, version: "2", scripts: { x: "y" } }), same);
  assert.equal(await hashes({ dependencies: { a: "^1", b: "^2" } }), same);
  for (const other of [{ sideEffects: false }, { type: "module" }, { overrides: { c: "1" } }]) {
    assert.notEqual(await hashes({ ...plain, ...other }), same);
  }
  assert.notEqual(await hashes({ dependencies: { a: "npm:evil@1" } }), same);
});
