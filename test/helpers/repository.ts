import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Cleanup } from "./database.ts";

/** A git repository of a test's own. */
export interface TestRepository {
  root: string;
  git: (...args: string[]) => string;
  /** Writes a file, below the root. */
  write: (name: string, text: string) => Promise<void>;
  /** Commits everything there is; returns the hash. */
  commit: (subject: string, by?: Authorship) => string;
}

/** Whose a commit is: Ann's, and of one day for ever, so that hashes are the same everywhere. */
export interface Authorship {
  author?: string;
  /** ISO 8601. */
  at?: string;
}

export async function testRepository(t: Cleanup): Promise<TestRepository> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "cronverge-repository-")));
  t.after(() => rm(root, { recursive: true, force: true }));
  const git = (...args: string[]): string => gitIn(root, args);
  git(...INIT);
  return {
    root,
    git,
    write: async (name, text) => {
      const file = join(root, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    },
    commit: (subject, by) => commitAll(root, subject, by),
  };
}

/** Runs git in a folder, whatever the settings of whoever runs the tests. */
export function gitIn(folder: string, args: readonly string[], by: Authorship = {}): string {
  return execFileSync("git", args, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    env: environmentOf(by),
  });
}

/** Commits everything in a folder, which becomes a repository with the first commit. */
export function commitAll(folder: string, subject: string, by?: Authorship): string {
  gitIn(folder, INIT);
  gitIn(folder, ["add", "--all", ".", ":!.cronverge"]);
  gitIn(folder, ["commit", "--quiet", "--allow-empty", "-m", subject], by);
  return gitIn(folder, ["rev-parse", "HEAD"]).trim();
}

const INIT = ["init", "--quiet", "--initial-branch=main"];

function environmentOf({
  author = "Ann",
  at = "2026-11-20T10:00:00Z",
}: Authorship): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    // Nobody's settings: signing, templates and hooks of whoever runs the tests stay out.
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: "author@example.com",
    GIT_AUTHOR_DATE: at,
    GIT_COMMITTER_NAME: author,
    GIT_COMMITTER_EMAIL: "author@example.com",
    GIT_COMMITTER_DATE: at,
  };
}
