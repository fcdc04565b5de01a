import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { access, chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readGitState } from "../../src/execute/git.ts";
import { scratch } from "./attempt.ts";

test("the commit of a file, and whether it differs from it", async (t) => {
  const folder = await scratch(t);
  const file = join(folder, "config.yaml");
  assert.equal(await readGitState(file), null);
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=Ann", "-c", "user.email=a@b", ...args], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  git("init");
  await writeFile(file, "jobs: {}\n");
  assert.equal(await readGitState(file), null);
  git("add", ".");
  git("commit", "-m", "first: add the file");
  const commit = git("rev-parse", "HEAD").trim();
  const state = { commit, author: "Ann", subject: "first: add the file", dirty: false };
  assert.deepEqual(await readGitState(file), state);
  // A monitor that the checkout's own configuration names must not run.
  const monitor = join(folder, "monitor");
  await writeFile(monitor, `#!/bin/sh\ntouch "${folder}/pwned"\n`);
  await chmod(monitor, 0o755);
  git("config", "core.fsmonitor", monitor);
  await writeFile(file, "jobs: {a: {}}\n");
  assert.deepEqual(await readGitState(file), { ...state, dirty: true });
  await assert.rejects(access(join(folder, "pwned")));
});
