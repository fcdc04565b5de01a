import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { testRepository } from "../helpers/repository.ts";
import {
  changedCode,
  committed,
  CONFIG,
  PLUGIN,
  PLUGIN_JOB,
  QUIET,
  seen,
} from "./reviewed-code.ts";

test("a committed package is code of the plugin, an installed one is not", async (t) => {
  const repository = await committed(t, {
    [CONFIG]: PLUGIN_JOB,
    [PLUGIN]: `import "dep"; import "other";\n${QUIET}`,
    ".gitignore": "node_modules/other\n",
    "package.json": '{"dependencies": {"dep": "1", "other": "1"}}',
    "node_modules/dep/package.json": '{"main": "i.js"}',
    "node_modules/dep/i.js": "module.exports = 1;\n",
  });
  await repository.write("node_modules/other/index.js", "module.exports = 1;\n");
  await repository.write("node_modules/other/package.json", '{"version": "1"}');
  assert.deepEqual(await changedCode(repository), {});
  await repository.write("node_modules/dep/i.js", "module.exports = 2;\n");
  assert.deepEqual(await changedCode(repository), { j: ["node_modules/dep/i.js +1 -1"] });
  repository.commit("change");
  assert.deepEqual(await changedCode(repository, { from: "HEAD~1", to: "HEAD" }), {
    j: ["node_modules/dep/i.js +1 -1"],
  });
});

test("package.json counts by what it decides, without a lock file too", async (t) => {
  const manifest = (more: object, dep = "^1"): string =>
    JSON.stringify({ dependencies: { dep, unused: dep }, ...more });
  const repository = await committed(t, {
    [CONFIG]: PLUGIN_JOB,
    [PLUGIN]: `import "dep";\n${QUIET}`,
    "package.json": manifest({}),
  });
  await repository.write("package.json", manifest({ version: "2.0.0", scripts: { x: "y" } }));
  assert.deepEqual(await seen(repository), {});
  await repository.write("package.json", manifest({ sideEffects: false }));
  assert.deepEqual(await seen(repository), { j: ["package.json +1 -0"] });
  await repository.write("package.json", manifest({ sideEffects: false }, "npm:evil@1"));
  assert.deepEqual(await seen(repository), { j: ["package.json +1 -1"] });
});

const OUTER_LOCK = "package-lock.json";
const INNER_LOCK = "services/scheduler/plugins/package-lock.json";

test("each lock file at or above a module that imports a package counts", async (t) => {
  const lock = (version: string, more: object = {}): string =>
    JSON.stringify({ packages: { "node_modules/dep": { version }, ...more } });
  const repository = await committed(t, {
    [CONFIG]: PLUGIN_JOB,
    [PLUGIN]: `import "dep";\n${QUIET}`,
    "package.json": '{"dependencies": {"dep": "1"}}',
    [OUTER_LOCK]: lock("1.0.0"),
    [INNER_LOCK]: lock("1.0.0"),
  });
  await repository.write(INNER_LOCK, lock("1.0.1"));
  assert.deepEqual(await seen(repository), { j: [`${INNER_LOCK} +1 -1`] });
  await repository.write(OUTER_LOCK, lock("1.0.1"));
  assert.deepEqual(await seen(repository), { j: [`${OUTER_LOCK} +1 -1`] });
  await repository.write(OUTER_LOCK, lock("1.0.1", { "node_modules/other": { version: "2" } }));
  assert.deepEqual(await seen(repository), {});
});

test("the lock file of plugins that stand elsewhere than the config counts", async (t) => {
  const lock = (version: string): string =>
    JSON.stringify({ packages: { "node_modules/dep": { version } } });
  const repository = await committed(t, {
    [CONFIG]: `plugins: ../../worker/jobs\n${PLUGIN_JOB}`,
    "worker/jobs/j.ts": `import "dep";\n${QUIET}`,
    "worker/package.json": '{"dependencies": {"dep": "1"}}',
    "worker/package-lock.json": lock("1.0.0"),
    ".gitignore": "yarn.lock\n",
  });
  await repository.write("worker/yarn.lock", "made by a run\n");
  assert.deepEqual(await changedCode(repository), {});
  await rm(join(repository.root, "worker/yarn.lock"));
  await repository.write("worker/package-lock.json", lock("1.0.1"));
  assert.deepEqual(await seen(repository), { j: ["worker/package-lock.json +1 -1"] });
});

test("Plug'n'Play is refused where a package is imported, and whoever leaves it is compared", async (t) => {
  const repository = await testRepository(t);
  await repository.write(CONFIG, PLUGIN_JOB);
  await repository.write(PLUGIN, `import "dep";\n${QUIET}`);
  await repository.write("package.json", '{"dependencies": {"dep": "1"}}');
  repository.commit("base");
  await repository.write(".pnp.data.json", "{}");
  repository.commit("Plug'n'Play");
  await assert.rejects(changedCode(repository, { from: "HEAD~1", to: "HEAD" }), /plugin\/pnp/);
  await repository.write(PLUGIN, `${QUIET}await import("dep");\n`);
  await assert.rejects(changedCode(repository, { from: "HEAD~1" }), /plugin\/pnp/);
  repository.git("checkout", "--quiet", PLUGIN);
  await rm(join(repository.root, ".pnp.data.json"));
  await repository.write(PLUGIN, `import "dep";\n\n${QUIET}`);
  repository.commit("left");
  const left = await changedCode(repository, { from: "HEAD~1", to: "HEAD" });
  assert.deepEqual(left["j"]?.[0], `${PLUGIN} +1 -0`);
});

test("bytes that are no text differ where they differ", async (t) => {
  const repository = await committed(t, { [CONFIG]: PLUGIN_JOB, [PLUGIN]: QUIET });
  const write = (byte: number): Promise<void> => {
    const text = Buffer.concat([Buffer.from(QUIET), Buffer.from("//"), Buffer.from([byte])]);
    return writeFile(join(repository.root, PLUGIN), text);
  };
  await write(0xff);
  assert.deepEqual(await seen(repository), { j: [`${PLUGIN} +1 -0`] });
  await write(0xfe);
  assert.deepEqual(await seen(repository), { j: [`${PLUGIN} +0 -0`] });
});

test("code that is not fully known says so where it changes", async (t) => {
  const repository = await committed(t, { [CONFIG]: PLUGIN_JOB, [PLUGIN]: QUIET });
  await repository.write(PLUGIN, "export default (n: string) => import(n);\n");
  assert.deepEqual(await seen(repository), {
    j: [`${PLUGIN} +1 -1`, `${PLUGIN}:1:38 loads a module whose name is computed`],
  });
});
