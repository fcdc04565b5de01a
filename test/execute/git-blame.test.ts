import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { access, chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { BlamedLines } from "../../src/execute/git-blame.ts";
import { blameLines, lastCommit } from "../../src/execute/git-blame.ts";
import { scratch } from "./attempt.ts";

interface Repository {
  folder: string;
  file: string;
  git: (...args: string[]) => string;
  /** Writes the file and commits it in somebody's name; times rise by a minute. */
  commit: (author: string, subject: string, text: string) => Promise<void>;
}

async function repository(t: TestContext): Promise<Repository> {
  const folder = await scratch(t);
  const file = join(folder, "config.yaml");
  let seconds = 1_790_000_000;
  const git = (...args: string[]): string =>
    execFileSync("git", args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, GIT_COMMITTER_DATE: `@${seconds} +0000` },
    });
  git("init");
  return {
    folder,
    file,
    git,
    commit: async (author, subject, text) => {
      seconds += 60;
      await writeFile(file, text);
      git("add", ".");
      git("-c", `user.name=${author}`, "-c", "user.email=a@b", "commit", "-m", subject);
    },
  };
}

function blamed(lines: BlamedLines | string): string[] {
  assert.ok(typeof lines !== "string", `git says: ${JSON.stringify(lines)}`);
  return [...lines].map(([line, commit]) => `${line} ${commit?.author ?? "nobody"}`);
}

test("each line has the commit that last changed it", async (t) => {
  const { file, commit } = await repository(t);
  await commit("Ann", "first", "a\nb\nc\nd\n");
  await commit("Bob", "second: edit", "a\nB\nc\nd\ne\n");
  const lines = await blameLines(file, { from: 2, to: 5 });
  assert.deepEqual(blamed(lines), ["2 Bob", "3 Ann", "4 Ann", "5 Bob"]);
  const bob = typeof lines === "string" ? null : lines.get(2);
  assert.deepEqual(
    [bob?.subject, bob?.at, bob?.hash.length],
    ["second: edit", "2026-09-21T14:15:20.000Z", 40],
  );
});

test("lines that are not committed are nobody's, wherever they moved the others", async (t) => {
  const { file, commit, git } = await repository(t);
  await commit("Ann", "first", "a\nb\nc\n");
  await writeFile(file, "new\na\nb changed\nc\n");
  const expected = ["1 nobody", "2 Ann", "3 nobody", "4 Ann"];
  assert.deepEqual(blamed(await blameLines(file, { from: 1, to: 4 })), expected);
  git("add", ".");
  assert.deepEqual(blamed(await blameLines(file, { from: 1, to: 4 })), expected, "staged only");
  assert.deepEqual(blamed(await blameLines(file, { from: 1, to: 1 })), ["1 nobody"]);
});

test("a file that git does not know is nobody's; outside of a checkout git says so", async (t) => {
  const { folder, file } = await repository(t);
  await writeFile(file, "a\n");
  assert.deepEqual(blamed(await blameLines(file, { from: 1, to: 1 })), ["1 nobody"]);
  assert.deepEqual(await lastCommit(file), { commit: null, dirty: true });
  const outside = await scratch(t);
  await writeFile(join(outside, "config.yaml"), "a\n");
  const said = await blameLines(join(outside, "config.yaml"), { from: 1, to: 1 });
  assert.ok(typeof said === "string");
  assert.match(said, /not a git repository/);
  const missing = await blameLines(join(folder, "none"), { from: 1, to: 1 });
  assert.ok(typeof missing === "string");
  assert.match(missing, /no file/);
});

test("the last commit of a file, and whether the file differs from it", async (t) => {
  const { folder, file, commit } = await repository(t);
  await commit("Ann", "first", "a\n");
  await writeFile(join(folder, "other"), "x");
  await commit("Bob", "another file", "a\n");
  const last = await lastCommit(file);
  assert.ok(typeof last !== "string");
  assert.deepEqual(
    [last.commit?.author, last.commit?.subject, last.dirty],
    ["Ann", "first", false],
  );
  await writeFile(file, "b\n");
  const edited = await lastCommit(file);
  assert.ok(typeof edited !== "string" && edited.dirty);
});

test("a linked file is blamed where it is", async (t) => {
  const { folder, commit } = await repository(t);
  await mkdir(join(folder, "real"));
  await writeFile(join(folder, "real", "file"), "a\n");
  await symlink("real/file", join(folder, "link"));
  await commit("Ann", "first", "x\n");
  assert.deepEqual(blamed(await blameLines(join(folder, "link"), { from: 1, to: 1 })), ["1 Ann"]);
});

test("nothing that the checkout names is run", async (t) => {
  const { folder, file, git, commit } = await repository(t);
  const evil = join(folder, "evil");
  await writeFile(evil, `#!/bin/sh\ntouch "${folder}/pwned"\ncat\n`);
  await chmod(evil, 0o755);
  await writeFile(join(folder, ".gitattributes"), "* filter=evil diff=evil\n");
  await commit("Ann", "first", "a\nb\n");
  for (const key of ["filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv"]) {
    git("config", key, evil);
  }
  git("config", "core.fsmonitor", evil);
  git("config", "core.pager", evil);
  await writeFile(file, "a\nb changed\n");
  assert.deepEqual(blamed(await blameLines(file, { from: 1, to: 2 })), ["1 Ann", "2 nobody"]);
  assert.equal(typeof (await lastCommit(file)), "object");
  await assert.rejects(access(join(folder, "pwned")));
});
