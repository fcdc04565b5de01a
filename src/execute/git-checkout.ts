import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { SchedulerError } from "../model/errors.ts";
import { runGit } from "./git-command.ts";

/** The checkout that a folder belongs to. */
export interface Checkout {
  /** Absolute real path of its top folder. */
  root: string;
  /** From there to the folder that was asked for, whether or not it exists. */
  prefix: string;
}

/** One commit, as people name it. */
export interface Commit {
  /** The full hash. */
  hash: string;
  author: string;
  subject: string;
}

/**
 * Finds the checkout of a folder, which need not exist any more.
 *
 * @throws SchedulerError `io` outside of a checkout, without git, or where git refuses to read it.
 */
export async function findCheckout(folder: string): Promise<Checkout> {
  const ancestor = existing(folder);
  const [root = "", prefix = ""] = (
    await ask(ancestor, ["rev-parse", "--show-toplevel", "--show-prefix"], {
      help: "git compares what is in a git repository: run it inside of one, or use plan without --against",
    })
  ).split("\n");
  return { root, prefix: join(prefix, relative(ancestor, folder)) };
}

/**
 * The commit that a branch, tag, hash or `HEAD~1` means.
 *
 * @throws SchedulerError `usage` when there is none of that name.
 */
export async function findCommit(root: string, name: string): Promise<Commit> {
  const revision = `${name}^{commit}`;
  const found = await runGit(root, [
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    revision,
  ]);
  if (!found.ok) {
    throw new SchedulerError("usage", `git knows no commit \`${name}\` in ${root}`, {
      help: "name a branch, a tag or a commit; a shallow clone has only the newest ones (git fetch --unshallow)",
    });
  }
  return describeCommit(root, found.stdout.toString().trim());
}

/** The newest commit that both have; null where none is known, as in a shallow clone. */
export async function findMergeBase(root: string, a: Commit, b: Commit): Promise<Commit | null> {
  if (a.hash === b.hash) return a;
  const found = await runGit(root, ["merge-base", a.hash, b.hash]);
  if (!found.ok) return null;
  const hash = found.stdout.toString().trim();
  return hash === a.hash ? a : describeCommit(root, hash);
}

/** The commits before this one that changed any of the paths (from the top), the newest first. */
export async function commitsThatChanged(
  root: string,
  { before, paths, most }: { before: Commit; paths: readonly string[]; most: number },
): Promise<Commit[]> {
  const range = ["--first-parent", `--max-count=${most}`, "--end-of-options", before.hash];
  const found = await ask(root, ["log", FORMAT, ...range, "--", ...paths], { help: FSCK });
  const commits = found.split("\n").filter((line) => line !== "");
  return commits.map(readCommit).filter(({ hash }) => hash !== before.hash);
}

const FSCK = "see what `git fsck` says of the repository";

const FORMAT = "--format=%H%x00%an%x00%s";

async function describeCommit(root: string, hash: string): Promise<Commit> {
  return readCommit(
    await ask(root, ["log", "-1", FORMAT, "--end-of-options", hash], { help: FSCK }),
  );
}

function readCommit(line: string): Commit {
  const [hash = "", author = "", subject = ""] = line.split("\0");
  return { hash, author, subject };
}

async function ask(
  folder: string,
  args: readonly string[],
  { help }: { help: string },
): Promise<string> {
  const output = await runGit(folder, args);
  if (output.ok) return output.stdout.toString().replace(/\n$/, "");
  const unsafe = output.message.includes("dubious ownership");
  throw new SchedulerError("io", `git cannot read ${folder}: ${output.message}`, {
    help: unsafe ? `git config --global --add safe.directory ${folder}` : help,
  });
}

function existing(folder: string): string {
  let found = folder;
  while (!existsSync(found) && found !== dirname(found)) found = dirname(found);
  return found;
}
