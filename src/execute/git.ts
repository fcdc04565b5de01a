import { basename, dirname } from "node:path";
import { execa } from "execa";

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
  const head = await git(folder, ["log", "-1", "--no-show-signature", "--format=%H%x00%an%x00%s"]);
  const [commit, author, subject] = head?.split("\0") ?? [];
  if (commit === undefined || author === undefined || subject === undefined) return null;
  const args = ["status", "--porcelain", "--ignore-submodules=all", "--", basename(file)];
  const changes = await git(folder, args);
  return { commit, author, subject, dirty: changes !== "" };
}

/** A checkout may be hostile: nothing that its configuration names is run. */
const NEUTRAL = ["core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false"];

const TIMEOUT_MS = 5_000;

/** The output of git without the last newline; null when it fails. */
async function git(folder: string, args: string[]): Promise<string | null> {
  const { stdout, failed } = await execa(
    "git",
    ["--no-pager", ...NEUTRAL.flatMap((setting) => ["-c", setting]), ...args],
    {
      cwd: folder,
      reject: false,
      timeout: TIMEOUT_MS,
      stdin: "ignore",
      extendEnv: false,
      env: gitEnvironment(),
    },
  );
  return failed ? null : stdout;
}

function gitEnvironment(): Record<string, string> {
  const { PATH, HOME } = process.env;
  return {
    ...(PATH === undefined ? {} : { PATH }),
    // Read for `safe.directory`, which decides whether the checkout may be read at all.
    ...(HOME === undefined ? {} : { HOME }),
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
  };
}
