import assert from "node:assert/strict";
import { access, chmod, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { BlamedLines } from "../../src/execute/git-blame.ts";
import { blameLines, lastCommit } from "../../src/execute/git-blame.ts";
import { testRepository } from "../helpers/repository.ts";
import { scratch } from "./attempt.ts";

const FILE = "config.yaml";

/** A repository, and a way to commit the one file that is blamed. */
async function repository(t: TestContext) {
  const made = await testRepository(t);
  const commit = async (author: string, subject: string, text: string): Promise<string> => {
    await made.write(FILE, text);
    return made.commit(subject, { author });
  };
  return { ...made, file: join(made.root, FILE), edit: commit };
}

function blamed(lines: BlamedLines | string): string[] {
  assert.ok(typeof lines !== "string", `git says: ${JSON.stringify(lines)}`);
  return [...lines].map(([line, commit]) => `${line} ${commit?.author ?? "nobody"}`);
}

test("each line has the commit that last changed it", async (t) => {
  const { file, write, commit, edit } = await repository(t);
  await edit("Ann", "first", "a\nb\nc\nd\n");
  await write(FILE, "a\nB\nc\nd\ne\n");
  commit("second: edit", { author: "Bob", at: "2026-11-21T14:15:20+01:00" });
  const lines = await blameLines(file, { from: 2, to: 5 });
  assert.deepEqual(blamed(lines), ["2 Bob", "3 Ann", "4 Ann", "5 Bob"]);
  const bob = typeof lines === "string" ? null : lines.get(2);
  assert.deepEqual(
    [bob?.subject, bob?.at, bob?.hash.length],
    ["second: edit", "2026-11-21T13:15:20.000Z", 40],
  );
});

test("lines that are not committed are nobody's, wherever they moved the others", async (t) => {
  const { file, write, git, edit } = await repository(t);
  await edit("Ann", "first", "a\nb\nc\n");
  await write(FILE, "new\na\nb changed\nc\n");
  const expected = ["1 nobody", "2 Ann", "3 nobody", "4 Ann"];
  assert.deepEqual(blamed(await blameLines(file, { from: 1, to: 4 })), expected);
  git("add", ".");
  assert.deepEqual(blamed(await blameLines(file, { from: 1, to: 4 })), expected, "staged only");
  assert.deepEqual(blamed(await blameLines(file, { from: 1, to: 1 })), ["1 nobody"]);
});

test("of a file that differs from its commit nearly everywhere it is said that it does", async (t) => {
  const { file, write, edit } = await repository(t);
  await edit("Ann", "first", "old\n".repeat(1_500));
  await write(FILE, "new\n".repeat(1_500));
  const said = await blameLines(file, { from: 1, to: 3 });
  assert.ok(typeof said === "string");
  assert.match(said, /differs too much from its last commit/);
});

test("a file that git does not know is nobody's; outside of a checkout git says so", async (t) => {
  const { root, file, write } = await repository(t);
  await write(FILE, "a\n");
  assert.deepEqual(blamed(await blameLines(file, { from: 1, to: 1 })), ["1 nobody"]);
  assert.deepEqual(await lastCommit(file), { commit: null, dirty: true });
  const outside = join(await scratch(t), FILE);
  await writeFile(outside, "a\n");
  const said = await blameLines(outside, { from: 1, to: 1 });
  assert.ok(typeof said === "string");
  assert.match(said, /not a git repository/);
  const missing = await blameLines(join(root, "none"), { from: 1, to: 1 });
  assert.ok(typeof missing === "string");
  assert.match(missing, /no file/);
});

test("the last commit of a file, and whether the file differs from it", async (t) => {
  const { file, write, commit, edit } = await repository(t);
  await edit("Ann", "first", "a\n");
  await write("other", "x");
  commit("another file", { author: "Bob" });
  const last = await lastCommit(file);
  assert.ok(typeof last !== "string");
  assert.deepEqual(
    [last.commit?.author, last.commit?.subject, last.dirty],
    ["Ann", "first", false],
  );
  await write(FILE, "b\n");
  const edited = await lastCommit(file);
  assert.ok(typeof edited !== "string" && edited.dirty);
});

test("a linked file is blamed where it is", async (t) => {
  const { root, write, commit } = await repository(t);
  await write("real/file", "a\n");
  const link = join(root, "link");
  await symlink("real/file", link);
  commit("first");
  assert.deepEqual(blamed(await blameLines(link, { from: 1, to: 1 })), ["1 Ann"]);
});

test("commits that a setting passes over are not passed over, nor is a missing list a fault", async (t) => {
  const { file, write, git, edit } = await repository(t);
  await edit("Ann", "first", "a\nb\n");
  const hidden = await edit("Eve", "second", "a\nB\n");
  git("config", "blame.ignoreRevsFile", "revisions");
  const lines = () => blameLines(file, { from: 1, to: 2 });
  assert.deepEqual(blamed(await lines()), ["1 Ann", "2 Eve"], "the list does not exist");
  await write("revisions", `${hidden}\n`);
  assert.deepEqual(blamed(await lines()), ["1 Ann", "2 Eve"], "it would make it Ann's");
});

test("nothing that the checkout names is run", async (t) => {
  const { root, file, write, git, edit } = await repository(t);
  const evil = join(root, "evil");
  await writeFile(evil, `#!/bin/sh\ntouch "${root}/pwned"\ncat\n`);
  await chmod(evil, 0o755);
  await write(".gitattributes", "* filter=evil diff=evil\n");
  await edit("Ann", "first", "a\nb\n");
  for (const key of ["filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv"]) {
    git("config", key, evil);
  }
  git("config", "core.fsmonitor", evil);
  git("config", "core.pager", evil);
  await write(FILE, "a\nb changed\n");
  assert.deepEqual(blamed(await blameLines(file, { from: 1, to: 2 })), ["1 Ann", "2 nobody"]);
  assert.equal(typeof (await lastCommit(file)), "object");
  await assert.rejects(access(join(root, "pwned")));
});
