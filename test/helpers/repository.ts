import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Cleanup } from "./database.ts";

/** A git repository of a test's own. */
export interface TestRepository {
  root: string;
  /** Runs git there, as Ann, on the same day for ever, so that hashes are the same everywhere. */
  git(...args: string[]): string;
  /** Writes a file, below the root. */
  write(name: string, text: string): Promise<void>;
  /** Commits everything there is; returns the hash. */
  commit(subject: string): string;
}

export async function testRepository(t: Cleanup): Promise<TestRepository> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "cronverge-repository-")));
  t.after(() => rm(root, { recursive: true, force: true }));
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", env: environment(), stdio: "pipe" });
  git("init", "--quiet", "--initial-branch=main");
  return {
    root,
    git,
    async write(name, text) {
      const file = join(root, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    },
    commit(subject) {
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", subject);
      return git("rev-parse", "HEAD").trim();
    },
  };
}

function environment(): NodeJS.ProcessEnv {
  const date = "2026-11-20T10:00:00Z";
  return {
    PATH: process.env["PATH"],
    // Nobody's settings: signing, templates and hooks of whoever runs the tests stay out.
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "Ann",
    GIT_AUTHOR_EMAIL: "ann@example.com",
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: "Ann",
    GIT_COMMITTER_EMAIL: "ann@example.com",
    GIT_COMMITTER_DATE: date,
  };
}
