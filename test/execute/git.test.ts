import assert from "node:assert/strict";
import { access, chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readGitState } from "../../src/execute/git.ts";
import { commitAll, gitIn, testRepository } from "../helpers/repository.ts";
import { scratch } from "./attempt.ts";

test("the commit of a file, and whether it differs from it", async (t) => {
  const folder = await scratch(t);
  const file = join(folder, "config.yaml");
  assert.equal(await readGitState(file), null);
  gitIn(folder, ["init", "--quiet"]);
  await writeFile(file, "jobs: {}\n");
  assert.equal(await readGitState(file), null);
  const commit = commitAll(folder, "first: add the file");
  const state = { commit, author: "Ann", subject: "first: add the file", dirty: false };
  assert.deepEqual(await readGitState(file), state);
  // A monitor that the checkout's own configuration names must not run.
  const monitor = join(folder, "monitor");
  await writeFile(monitor, `#!/bin/sh\ntouch "${folder}/pwned"\n`);
  await chmod(monitor, 0o755);
  gitIn(folder, ["config", "core.fsmonitor", monitor]);
  // Nor must a filter, which git would ask about a file of the same size and another time.
  gitIn(folder, ["config", "filter.evil.clean", monitor]);
  await writeFile(join(folder, ".git", "info", "attributes"), "* filter=evil\n");
  await writeFile(file, "jobs: []\n");
  assert.deepEqual(await readGitState(file), { ...state, dirty: true });
  await writeFile(file, "jobs: {a: {}}\n");
  assert.deepEqual(await readGitState(file), { ...state, dirty: true });
  await assert.rejects(access(join(folder, "pwned")));
});

test("files beside it count, other line ends and files outside of the checkout do not", async (t) => {
  const { root, write, commit } = await testRepository(t);
  const [file, beside] = [join(root, "config.yaml"), join(root, "plugins", "größe.ts")];
  const outside = join(await scratch(t), "elsewhere.ts");
  await write("config.yaml", "jobs: {}\n");
  await write("plugins/größe.ts", "export default 1;\n");
  await writeFile(outside, "x");
  commit("first");
  const dirty = async (...files: string[]) => (await readGitState(file, files))?.dirty;
  assert.equal(await dirty(beside, outside), false);
  await writeFile(file, "jobs: {}\r\n");
  assert.equal(await dirty(beside), false);
  const untracked = join(root, "plugins", "new.ts");
  await writeFile(untracked, "export default 2;\n");
  assert.deepEqual([await dirty(beside), await dirty(beside, untracked)], [false, true]);
  await writeFile(beside, "export default 3;\n");
  assert.deepEqual([await dirty(), await dirty(beside)], [false, true]);
});
