import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cleanup } from "../helpers/database.ts";
import { MAIN } from "../helpers/main.ts";

/** Why a test of what a process does is skipped; false where it need not be. */
export const NO_STRACE: false | string =
  spawnSync("strace", ["-V"]).status === 0 ? false : "no strace";

/** What a command line said and did. */
export interface Traced {
  status: number;
  stdout: string;
  stderr: string;
  /** Every call of the system by which it could have done something; null where none was watched. */
  calls: string[] | null;
}

interface TraceOptions {
  cwd: string;
  /** All of the environment. */
  env: Record<string, string>;
  /** Whether to watch it, where that can be done. */
  watched: boolean;
}

/** Runs a command line to its end, under strace where it is asked for and there. */
export async function traced(
  t: Cleanup,
  args: readonly string[],
  { cwd, env, watched }: TraceOptions,
): Promise<Traced> {
  const folder = await mkdtemp(join(tmpdir(), "cronverge-trace-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const trace = join(folder, "trace");
  const command = [process.execPath, MAIN, ...args];
  const watch = watched && NO_STRACE === false;
  const [program = "", ...rest] = watch ? [...strace(trace), ...command] : command;
  const ended = await new Promise<Omit<Traced, "calls">>((resolve) => {
    const child = execFile(program, rest, { cwd, env }, (_error, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
  const calls = watch ? (await readFile(trace, "utf8")).split("\n") : null;
  return { ...ended, calls };
}

function strace(trace: string): string[] {
  return ["strace", "-f", "-y", "-s", "4096", "-o", trace, "-e", `trace=${CALLS.join()}`];
}

const WRITING = [
  ["creat", "truncate", "ftruncate", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat"],
  ["rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"],
  ["chmod", "fchmod", "fchmodat", "mknod", "mknodat"],
].flat();
const TALKING = ["connect", "bind"];
const CALLS = ["execve", "open", "openat", ...WRITING, ...TALKING].map((call) => `?${call}`);

/** The programs that were started. */
export function startedPrograms(calls: readonly string[]): string[] {
  return calls
    .filter((call) => / execve\(/.test(call) && call.endsWith("= 0"))
    .map((call) => /execve\("([^"]+)"/.exec(call)?.[1] ?? "");
}

/** The calls that talk to anybody, or that write or could have written a file, wherever it is. */
export function deeds(calls: readonly string[]): string[] {
  return calls.filter((call) => {
    const [, name = "", given = ""] = /^\d+ +(\w+)\((.*)$/.exec(call) ?? [];
    if (WRITING.includes(name) || TALKING.includes(name)) return true;
    const opens = /^open(?:at)?$/.test(name) && /O_(?:WRONLY|RDWR|CREAT|TRUNC)/.test(given);
    return opens && !/"\/dev\/(?:null|tty)"/.test(given);
  });
}
