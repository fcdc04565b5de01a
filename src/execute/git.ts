import { createHash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { runGit } from "./git-command.ts";

/** Where a file stands in its checkout. */
export interface GitState {
  /** The full hash of HEAD. */
  commit: string;
  author: string;
  subject: string;
  /** Whether the file, or one of those beside it that count, differs from HEAD. */
  dirty: boolean;
}

/**
 * The commit that a file was taken from; null outside of a checkout, or where git is missing.
 * `beside` are further files whose changes count, such as the job code that a config names.
 */
export async function readGitState(
  file: string,
  beside: readonly string[] = [],
): Promise<GitState | null> {
  const folder = dirname(file);
  const head = await text(folder, ["log", "-1", "--no-show-signature", "--format=%H%x00%an%x00%s"]);
  const [commit, author, subject] = head?.split("\0") ?? [];
  if (commit === undefined || author === undefined || subject === undefined) return null;
  const dirty = await differsFromHead(folder, [file, ...beside]);
  return { commit, author, subject, dirty };
}

/**
 * Whether one of the files is not what HEAD has. `git status` would say so too, and run the filters
 * that the checkout's configuration names; so the hashes are compared here. Files outside of the
 * checkout, which no commit can have, are left out.
 */
async function differsFromHead(folder: string, files: readonly string[]): Promise<boolean> {
  const root = await text(folder, ["rev-parse", "--show-toplevel"]);
  if (root === null) return true;
  const real = await Promise.all(files.map((file) => realpath(file).catch(() => file)));
  const names = real.map((file) => relative(root, file)).filter((name) => !name.startsWith(".."));
  const tree = await text(folder, ["ls-tree", "-z", "--full-tree", "HEAD", "--", ...names]);
  if (tree === null) return true;
  const committed = new Map<string, string>();
  for (const [, hash = "", name = ""] of tree.matchAll(/\d+ blob ([0-9a-f]+)\t([^\0]*)\0/g)) {
    committed.set(name, hash);
  }
  for (const name of names) {
    const hash = committed.get(name);
    const bytes = await readFile(join(root, name)).catch(() => null);
    if (hash === undefined || bytes === null || !isBlob(bytes, hash)) return true;
  }
  return false;
}

/** Whether git keeps these bytes under that hash; a checkout may write other line ends than it keeps. */
function isBlob(bytes: Buffer, expected: string): boolean {
  const algorithm = expected.length === 40 ? "sha1" : "sha256";
  const hashOf = (content: Buffer): string =>
    createHash(algorithm).update(`blob ${content.length}\0`).update(content).digest("hex");
  if (hashOf(bytes) === expected) return true;
  const plain = bytes.toString("latin1").replaceAll("\r\n", "\n");
  return plain.length !== bytes.length && hashOf(Buffer.from(plain, "latin1")) === expected;
}

/** The output of git without the last newline; null when it fails. */
async function text(folder: string, args: string[]): Promise<string | null> {
  const output = await runGit(folder, args);
  return output.ok ? output.stdout.toString().replace(/\n$/, "") : null;
}
