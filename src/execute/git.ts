import { readFile, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { findCheckout, findCommit, isSameText } from "./git-checkout.ts";
import { GitObjects } from "./git-objects.ts";
import { gitTree } from "./git-tree.ts";

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
  const checkout = await findCheckout(dirname(file)).catch(() => null);
  if (checkout === null) return null;
  const { root } = checkout;
  const head = await findCommit(root, "HEAD").catch(() => null);
  if (head === null) return null;
  const { hash: commit, author, subject } = head;
  const files = [file, ...beside];
  // What cannot be compared is not known to be as it was committed.
  const dirty = await differsFromCommit(commit, { root, files }).catch(() => true);
  return { commit, author, subject, dirty };
}

/**
 * Whether one of the files is not what the commit has. `git status` would say so too, and run the
 * filters that the checkout's configuration names; so the contents are compared here. Files outside
 * of the checkout, which no commit can have, are left out.
 */
async function differsFromCommit(
  commit: string,
  { root, files }: { root: string; files: readonly string[] },
): Promise<boolean> {
  await using objects = new GitObjects(root);
  const tree = gitTree(objects, { root, commit });
  for (const file of files) {
    const path = await realpath(file).catch(() => file);
    const state = await tree.stat(path);
    if (state?.kind === "other") continue;
    const bytes = await readFile(path).catch(() => null);
    if (state === null || bytes === null) return true;
    if (!isSameText(await tree.read(path), bytes)) return true;
  }
  return false;
}
