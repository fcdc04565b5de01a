import assert from "node:assert/strict";
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  bundlePlugin,
  joinProgram,
  stopBundler,
  type PluginBundle,
} from "../../src/source/bundle.ts";

test.after(() => stopBundler());

/** A project in a folder of its own, gone after the test; gives the folder. */
async function project(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "cronverge-bundle-")));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries({ "package.json": "{}", ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

function bundle(folder: string): ReturnType<typeof bundlePlugin> {
  const pluginDir = join(folder, "plugins");
  return bundlePlugin({ file: join(pluginDir, "hello.ts"), plugin: "hello", pluginDir });
}

function code(built: Awaited<ReturnType<typeof bundlePlugin>>): PluginBundle {
  assert.ok(!("diagnostics" in built), JSON.stringify(built));
  return built;
}

test("the hash is of the code: the same in every place, and for another comment", async (t) => {
  const hello = `import { defineJob } from "cronverge";\nimport { n } from "./n.ts";\nexport default defineJob({ execute: () => n });\n`;
  const files = { "plugins/hello.ts": hello, "plugins/n.ts": "export const n: number = 1;" };
  const one = code(await bundle(await project(t, files)));
  const two = code(await bundle(await project(t, files)));
  assert.equal(one.sha256, two.sha256);
  assert.equal(one.map, two.map);
  assert.match(one.code, /from"cronverge"/);
  const { sources } = JSON.parse(one.map) as { sources: string[] };
  assert.deepEqual(sources.toSorted(), ["plugins/hello.ts", "plugins/n.ts"]);
  const commented = { ...files, "plugins/hello.ts": `// a word\n${hello}` };
  assert.equal(code(await bundle(await project(t, commented))).sha256, one.sha256);
  const changed = { ...files, "plugins/n.ts": "export const n: number = 2;" };
  assert.notEqual(code(await bundle(await project(t, changed))).sha256, one.sha256);
});

test("a project's tsconfig changes nothing", async (t) => {
  const hello = "export default class { static x = 1; execute() { return 1 } }";
  const plain = await project(t, { "plugins/hello.ts": hello });
  const tuned = await project(t, {
    "plugins/hello.ts": hello,
    "tsconfig.json": `{"extends": "./evil.json", "compilerOptions": {"target": "es5", "useDefineForClassFields": false}}`,
  });
  assert.equal(code(await bundle(tuned)).sha256, code(await bundle(plain)).sha256);
});

test("mistakes are diagnostics with their place", async (t) => {
  const folder = await project(t, { "plugins/hello.ts": `const ä = "é"; const = 1;\n` });
  const built = await bundle(folder);
  assert.ok("diagnostics" in built);
  const [found] = built.diagnostics;
  assert.equal(found?.file, join(folder, "plugins/hello.ts"));
  assert.deepEqual([found?.line, found?.column, found?.rule], [1, 22, "plugin/syntax"]);
  await writeFile(join(folder, "plugins/hello.ts"), `import x from "no-such-package";\nx();\n`);
  const unresolved = await bundle(folder);
  assert.ok("diagnostics" in unresolved);
  assert.equal(unresolved.diagnostics[0]?.rule, "plugin/unresolved");
  await rm(join(folder, "plugins/hello.ts"));
  const missing = await bundle(folder);
  assert.ok("diagnostics" in missing);
  assert.equal(missing.diagnostics[0]?.rule, "plugin/unreadable");
});

test("a file outside of the project does not get into a bundle, not even by a link", async (t) => {
  const outside = await project(t, { "secret.json": `{"password": "x"}` });
  const direct = `import secret from "${outside}/secret.json"; export default () => secret;`;
  const folder = await project(t, { "plugins/hello.ts": direct });
  const built = await bundle(folder);
  assert.ok("diagnostics" in built);
  assert.equal(built.diagnostics[0]?.rule, "plugin/outside");
  await symlink(join(outside, "secret.json"), join(folder, "plugins/link.json"));
  await writeFile(join(folder, "plugins/hello.ts"), direct.replace(`${outside}/secret`, "./link"));
  assert.ok("diagnostics" in (await bundle(folder)));
});

test("no package is bundled that Plug'n'Play looked up", async (t) => {
  const folder = await project(t, {
    "plugins/hello.ts": "export default () => 1;",
    ".pnp.data.json": PLUG_AND_PLAY,
    "evil/index.js": "module.exports = 'evil';",
  });
  const wrote = code(await bundle(folder));
  assert.ok(!wrote.code.includes("evil"), "code without packages is bundled");
  const lazy = "export default async () => await import('payments');";
  for (const text of [lazy, "import p from 'payments'; export default () => p;"]) {
    await writeFile(join(folder, "plugins/hello.ts"), text);
    const built = await bundle(folder);
    assert.ok("diagnostics" in built);
    assert.equal(built.diagnostics[0]?.rule, "plugin/pnp");
  }
});

const PLUG_AND_PLAY = JSON.stringify({
  enableTopLevelFallback: true,
  fallbackPool: [],
  fallbackExclusionList: [],
  ignorePatternData: null,
  dependencyTreeRoots: [{ name: "root", reference: "workspace:." }],
  packageRegistryData: [
    [
      null,
      [
        [
          null,
          {
            packageLocation: "./",
            packageDependencies: [["payments", "npm:1"]],
            linkType: "SOFT",
          },
        ],
      ],
    ],
    [
      "payments",
      [["npm:1", { packageLocation: "./evil/", packageDependencies: [], linkType: "HARD" }]],
    ],
  ],
});

test("what holds secrets does not get into a bundle, however it is named", async (t) => {
  const names = [
    ".env",
    ".env.local",
    ".ENV",
    ".envrc",
    ".git/config",
    ".cronverge/postgres/password",
  ];
  const files = Object.fromEntries(names.map((name) => [name, "KEY=1"]));
  const folder = await project(t, {
    ...files,
    "plugins/hello.ts": "",
    ".environment.ts": "export default 1;",
  });
  await symlink("../.env", join(folder, "plugins", "note.txt"));
  const job = async (name: string): ReturnType<typeof bundlePlugin> => {
    const text = `export default () => import(${name}, { with: { type: "text" } });`;
    await writeFile(join(folder, "plugins/hello.ts"), text);
    return bundle(folder);
  };
  const all = [...names, ".env?raw", "plugins/note.txt"].map((name) => `"../${name}"`);
  for (const name of [...all, "`../.env${String(globalThis)}`"]) {
    const built = await job(name);
    assert.ok("diagnostics" in built, name);
    assert.equal(built.diagnostics[0]?.rule, "plugin/secret", name);
  }
  code(await job('"../.environment.ts"'));
});

test("a program is written once, for its owner alone, and mended when it was changed", async (t) => {
  const folder = await project(t, { "plugins/hello.ts": "export default () => 1;" });
  const built = code(await bundle(folder));
  const stateDir = join(folder, "state");
  await mkdir(join(stateDir, "programs"), { recursive: true });
  await chmod(join(stateDir, "programs"), 0o755);
  const file = await joinProgram({ ...built, stateDir });
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal((await stat(dirname(file))).mode & 0o777, 0o700);
  const text = await readFile(file, "utf8");
  const { ino } = await stat(file);
  assert.equal(await joinProgram({ ...built, stateDir }), file);
  assert.equal((await stat(file)).ino, ino);
  await writeFile(file, "process.exit(0)");
  await joinProgram({ ...built, stateDir });
  assert.equal(await readFile(file, "utf8"), text);
  const many = await Promise.all(
    Array.from({ length: 8 }, () => joinProgram({ ...built, map: null, stateDir })),
  );
  assert.equal(new Set(many).size, 1);
  assert.notEqual(many[0], file);
});
