import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  commitsThatChanged,
  findCheckout,
  findCommit,
  findMergeBase,
} from "../../src/execute/git-checkout.ts";
import { GitObjects } from "../../src/execute/git-objects.ts";
import { gitTree } from "../../src/execute/git-tree.ts";
import { listPlugins } from "../../src/source/plugins.ts";
import { testRepository } from "../helpers/repository.ts";

test("a commit is read as if it were checked out, whatever the working tree holds", async (t) => {
  const repository = await testRepository(t);
  const { root } = repository;
  await repository.write("a/b/deep.txt", "deep\n");
  await repository.write("größe.txt", "0\n");
  await repository.write("empty", "");
  const commit = repository.commit("first");
  await repository.write("a/b/deep.txt", "changed\n");
  await repository.write("new.txt", "new\n");
  await using objects = new GitObjects(root);
  const tree = gitTree(objects, { root, commit });
  const text = async (name: string): Promise<string> =>
    new TextDecoder().decode(await tree.read(join(root, name)));
  assert.equal(await text("a/b/deep.txt"), "deep\n");
  assert.equal(await text("größe.txt"), "0\n");
  assert.equal(await text("empty"), "");
  assert.equal(await tree.stat(join(root, "new.txt")), null);
  assert.equal(await tree.stat(join(root, "a/b/deep.txt/below")), null);
  assert.equal((await tree.stat(join(root, "a")))?.kind, "folder");
  assert.equal((await tree.stat(join(root, "a/b/deep.txt")))?.size, 5);
  assert.deepEqual(await tree.list(join(root, "a")), [{ name: "b", kind: "folder" }]);
  assert.equal((await tree.list(root)).length, 3);
  await assert.rejects(tree.read(join(root, "new.txt")), /cannot be read from commit/);
});

test("links are followed inside of the commit, and never out of it", async (t) => {
  const repository = await testRepository(t);
  const { root } = repository;
  await repository.write("real/file.txt", "x");
  await symlink("real", join(root, "folder"));
  await symlink("../folder/file.txt", join(root, "real", "again"));
  await symlink("/etc/passwd", join(root, "passwd"));
  await symlink("../../outside", join(root, "outside"));
  await symlink("circle", join(root, "circle"));
  const commit = repository.commit("links");
  await using objects = new GitObjects(root);
  const tree = gitTree(objects, { root, commit });
  const real = join(root, "real", "file.txt");
  assert.equal(await tree.realpath(join(root, "folder", "file.txt")), real);
  assert.equal(await tree.realpath(join(root, "real", "again")), real);
  assert.equal((await tree.stat(join(root, "passwd")))?.kind, "other");
  assert.equal(await tree.realpath(join(root, "passwd")), "/etc/passwd");
  assert.equal((await tree.stat(join(root, "outside")))?.kind, "other");
  assert.equal(await tree.stat(join(root, "circle")), null);
  await assert.rejects(tree.read(join(root, "passwd")));
});

test("large objects are passed over, and what comes after them is still right", async (t) => {
  const repository = await testRepository(t);
  const { root } = repository;
  await repository.write("huge", "x".repeat(33 * 1024 * 1024));
  await repository.write("small", "small");
  await repository.write("large", "y".repeat(5 * 1024 * 1024));
  const commit = repository.commit("sizes");
  await using objects = new GitObjects(root);
  const tree = gitTree(objects, { root, commit });
  const [huge, small, large] = await Promise.all(
    ["huge", "small", "large"].map((name) => tree.stat(join(root, name))),
  );
  assert.deepEqual([huge?.size, small?.size], [33 * 1024 * 1024, 5]);
  assert.equal(large?.size, 5 * 1024 * 1024);
  assert.equal((await tree.read(join(root, "large"), 6_000_000)).length, 5 * 1024 * 1024);
  await assert.rejects(tree.read(join(root, "large")), { code: "EFBIG" });
  await assert.rejects(tree.read(join(root, "huge")));
  assert.equal(await objects.read("0".repeat(40)), null);
});

test("commits are found by any name, and a name that is an option stays a name", async (t) => {
  const repository = await testRepository(t);
  const { root } = repository;
  await repository.write("sub/file", "1");
  const first = repository.commit("first");
  repository.git("switch", "--quiet", "--create", "feature");
  await repository.write("sub/file", "2");
  const second = repository.commit("second: ünïcode");
  repository.git("switch", "--quiet", "main");
  await repository.write("other", "3");
  const third = repository.commit("third");
  assert.deepEqual(await findCheckout(join(root, "sub")), { root, prefix: "sub" });
  assert.deepEqual(await findCheckout(join(root, "gone", "deeper")), {
    root,
    prefix: "gone/deeper",
  });
  const feature = await findCommit(root, "feature");
  assert.deepEqual(feature, { hash: second, author: "Ann", subject: "second: ünïcode" });
  const main = await findCommit(root, "main");
  assert.equal((await findMergeBase(root, main, feature))?.hash, first);
  assert.equal(main.hash, third);
  const changed = { before: main, paths: ["sub"], most: 5 };
  assert.deepEqual(
    (await commitsThatChanged(root, changed)).map(({ hash }) => hash),
    [first],
  );
  await assert.rejects(findCommit(root, "--output=pwned"), /git knows no commit/);
  await assert.rejects(findCommit(root, "nowhere"), { code: "usage" });
  await assert.rejects(findCheckout("/"), { code: "io" });
});

test("an older git, which gives no sizes, is read from in the old way", async (t) => {
  const repository = await testRepository(t);
  const { root } = repository;
  await repository.write("huge", "x".repeat(33 * 1024 * 1024));
  await repository.write("small", "small");
  const commit = repository.commit("sizes");
  await using objects = new GitObjects(root, { asOldGit: true });
  const tree = gitTree(objects, { root, commit });
  const [huge, small] = await Promise.all(
    ["huge", "small"].map((name) => tree.stat(join(root, name))),
  );
  assert.deepEqual([huge?.size, small?.size], [33 * 1024 * 1024, 5]);
  assert.equal(String(await tree.read(join(root, "small"))), "small");
  await assert.rejects(tree.read(join(root, "huge")), { code: "EFBIG" });
  assert.equal(await objects.read("0".repeat(40)), null);
});

test("a git that does not know the way to ask is asked in the old way", async (t) => {
  const repository = await testRepository(t);
  const { root } = repository;
  await repository.write("file", "text");
  const commit = repository.commit("first");
  const folder = await mkdtemp(join(tmpdir(), "cronverge-old-git-"));
  const { PATH } = process.env;
  t.after(async () => {
    process.env["PATH"] = PATH;
    await rm(folder, { recursive: true, force: true });
  });
  const real = execFileSync("sh", ["-c", "command -v git"]).toString().trim();
  const script = `#!/bin/sh\ncase "$*" in *--batch-command*) exit 129;; esac\nexec ${real} "$@"\n`;
  await writeFile(join(folder, "git"), script, { mode: 0o755 });
  process.env["PATH"] = `${folder}:${PATH}`;
  await using objects = new GitObjects(root);
  const tree = gitTree(objects, { root, commit });
  assert.equal(String(await tree.read(join(root, "file"))), "text");
});

test("all answers together have one deadline", async (t) => {
  const repository = await testRepository(t);
  await repository.write("file", "text");
  const commit = repository.commit("first");
  await using objects = new GitObjects(repository.root, { deadlineMs: 0 });
  await assert.rejects(objects.read(`${commit}^{tree}`), {
    code: "io",
    message: "git cannot be read from: its objects are not read within 0 s",
  });
  await assert.rejects(objects.sizeOf(commit), { code: "io" });
});

test("a commit whose folders hold one another is listed up to a limit", async (t) => {
  const repository = await testRepository(t);
  const { root } = repository;
  await repository.write("file.ts", "export default () => {};\n");
  repository.commit("first");
  const git = (input: string, ...args: string[]): string =>
    execFileSync("git", args, { cwd: root, input }).toString().trim();
  const blob = git("", "rev-parse", "HEAD:file.ts");
  let tree = git(`100644 blob ${blob}\tfile.ts\n`, "mktree");
  for (let depth = 0; depth < 12; depth += 1) {
    const entries = Array.from({ length: 10 }, (_, name) => `040000 tree ${tree}\td${name}\n`);
    tree = git(entries.join(""), "mktree");
  }
  const commit = git("", "commit-tree", tree, "-m", "bomb");
  await using objects = new GitObjects(root);
  const bomb = gitTree(objects, { root, commit });
  const { diagnostics } = await listPlugins(root, { displayDirectory: "plugins", tree: bomb });
  assert.deepEqual(
    diagnostics.map(({ rule }) => rule),
    ["plugin/too-many"],
  );
});
