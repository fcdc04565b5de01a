import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { SchedulerError } from "../model/errors.ts";
import { runGit } from "./git-command.ts";

/** The checkout that a folder belongs to. */
export interface Checkout {
  /** Absolute real path of its top folder. */
  root: string;
  /** From there to the folder that was asked for, as it is written, whether or not it exists. */
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
 * Finds the checkout of a folder, which need not exist any more. Its top is the nearest folder above
 * that holds `.git`, which no commit can hold: git itself would take any folder whose files look like
 * a repository. The way down is taken as it is written: a linked folder is another path.
 *
 * @throws SchedulerError `io` outside of a checkout, without git, or where git refuses to read it.
 */
export async function findCheckout(folder: string): Promise<Checkout> {
  const top = topOf(folder);
  if (top === null) {
    throw new SchedulerError("io", `${folder} is in no git repository`, {
      help: "run it inside of one, or leave out --against and --from",
    });
  }
  const root = await realpath(top);
  const found = await ask(root, ["rev-parse", "--show-toplevel"], { help: FSCK });
  if (found === root) return { root, prefix: relative(top, folder) };
  throw new SchedulerError("io", `git takes ${found} for the checkout of ${root}`, {
    help: "see core.worktree in the configuration of the repository",
  });
}

function topOf(folder: string): string | null {
  for (let parent = resolve(folder); ; parent = dirname(parent)) {
    if (existsSync(join(parent, ".git"))) return parent;
    if (parent === dirname(parent)) return null;
  }
}

/**
 * The commit that a branch, tag, hash or `HEAD~1` means.
 *
 * @throws SchedulerError `usage` when there is none of that name.
 */
export async function findCommit(root: string, name: string): Promise<Commit> {
  const [found] = await Promise.all([
    runGit(root, ["log", "-1", FORMAT, "--end-of-options", `${name}^{commit}`, "--"]),
    refuseTwoMeanings(root, name),
  ]);
  if (found.ok) return readCommit(found.stdout.toString().trimEnd());
  throw new SchedulerError("usage", `git knows no commit \`${name}\` in ${root}`, {
    help: "name a branch, a tag or a commit; a shallow clone has only the newest ones (git fetch --unshallow)",
  });
}

/** Git would take the tag, which somebody may have made so that a review compares with it. */
async function refuseTwoMeanings(root: string, name: string): Promise<void> {
  // `HEAD`, and what counts from some other name, is no name of a reference.
  if (name === "HEAD" || /[~^@:]/.test(name)) return;
  const candidates = ["tags", "heads", "remotes"].map((kind) => `refs/${kind}/${name}`);
  const found = await runGit(root, ["for-each-ref", "--format=%(refname)", "--", ...candidates]);
  const names = found.ok ? found.stdout.toString().split("\n") : [];
  const exact = candidates.filter((candidate) => names.includes(candidate));
  if (exact.length < 2) return;
  throw new SchedulerError("usage", `\`${name}\` may be ${exact.join(" or ")}`, {
    help: "give the whole name of the one that is meant",
  });
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

/** Whether two contents are the same text: a checkout may write other line ends than it keeps. */
export function isSameText(a: Uint8Array, b: Uint8Array): boolean {
  if (Buffer.compare(a, b) === 0) return true;
  const plain = (bytes: Uint8Array): string =>
    Buffer.from(bytes).toString("latin1").replaceAll("\r\n", "\n");
  return plain(a) === plain(b);
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
