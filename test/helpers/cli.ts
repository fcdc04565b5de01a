import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Cleanup } from "./database.ts";
import { MAIN, SOURCE_MAIN } from "./main.ts";

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  cwd: string;
  /** Beside PATH and HOME; nothing else of this process's environment is given. */
  env?: Record<string, string>;
  /** A module that is loaded first; the program then runs from its sources. */
  preload?: string;
}

const FROM_SOURCE = ["--conditions=cronverge-source", "--import"];

function start(args: string[], options: CliOptions): ChildProcess {
  const { PATH = "", HOME = "" } = process.env;
  const { preload } = options;
  const program = preload === undefined ? [MAIN] : [...FROM_SOURCE, preload, SOURCE_MAIN];
  return spawn(process.execPath, [...program, ...args], {
    cwd: options.cwd,
    env: { PATH, HOME, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs a command line to its end, as a user types it. */
export async function cli(args: string[], options: CliOptions): Promise<CliResult> {
  const child = start(args, options);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => {
    child.on("close", (exitCode) => resolve(exitCode));
  });
  return { code, stdout, stderr };
}

/** A scheduler in a process of its own, which can be signalled and killed. */
export interface RunningCli {
  pid: number;
  /** The next line of its JSON log that fits; a process that ends first fails the wait. */
  line(fits: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<number | null>;
}

/**
 * Starts `cronverge up`, whose output is then JSON lines. A test that fails in the middle leaves no
 * scheduler behind, for which the whole run would wait.
 */
export function startUp(t: Cleanup, options: CliOptions, flags: string[] = []): RunningCli {
  const child = start(["up", ...flags], options);
  const lines: Record<string, unknown>[] = [];
  let taken = 0;
  let wake: () => void = () => undefined;
  let over = false;
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  if (child.stdout === null) throw new Error("the output is a pipe");
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line));
    wake();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", (code) => {
      over = true;
      resolve(code);
      wake();
    });
  });
  t.after(async () => {
    if (!over) child.kill("SIGKILL");
    await ended;
  });
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => void child.kill(signal),
    async line(fits) {
      for (;;) {
        while (taken < lines.length) {
          const line = lines[taken];
          taken += 1;
          if (line !== undefined && fits(line)) return line;
        }
        if (over) throw new Error(`the scheduler ended\n${stderr}\n${JSON.stringify(lines)}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
