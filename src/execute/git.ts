import { basename, dirname } from "node:path";
import { runGit } from "./git-command.ts";

/** Where a file stands in its checkout. */
export interface GitState {
  /** The full hash of HEAD. */
  commit: string;
  author: string;
  subject: string;
  /** Whether this one file differs from HEAD. */
  dirty: boolean;
}

/** The commit that a file was taken from; null outside of a checkout, or where git is missing. */
export async function readGitState(file: string): Promise<GitState | null> {
  const folder = dirname(file);
  const head = await text(folder, ["log", "-1", "--no-show-signature", "--format=%H%x00%an%x00%s"]);
  const [commit, author, subject] = head?.split("\0") ?? [];
  if (commit === undefined || author === undefined || subject === undefined) return null;
  const args = ["status", "--porcelain", "--ignore-submodules=all", "--", basename(file)];
  const changes = await text(folder, args);
  return { commit, author, subject, dirty: changes !== "" };
}

/** The output of git without the last newline; null when it fails. */
async function text(folder: string, args: string[]): Promise<string | null> {
  const output = await runGit(folder, args);
  return output.ok ? output.stdout.toString().replace(/\n$/, "") : null;
}
