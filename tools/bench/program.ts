import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { residentBytes } from "./processes.ts";
import { temporaryFolder } from "./server.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const DIST = join(ROOT, ".bench-dist");
const MAIN = join(DIST, "main.js");

/** Compiles the program into a folder of its own. */
export function buildProgram(): void {
  const build = spawnSync(process.execPath, [join(ROOT, "tools", "build.ts"), DIST], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (build.status !== 0) throw new Error("the program cannot be built");
}

/** A folder with a config, as a user has it; removed when disposed of. */
export interface BenchProject extends AsyncDisposable {
  root: string;
  stateDir: string;
  /** Writes `config.yaml`, or a file beside it. */
  write(text: string, name?: string): Promise<void>;
}

export async function makeProject(config: string): Promise<BenchProject> {
  const root = await temporaryFolder("project");
  const folder = join(root, "services", "scheduler");
  await mkdir(join(folder, "plugins"), { recursive: true });
  const write = (text: string, name = "config.yaml"): Promise<void> =>
    writeFile(join(folder, name), text);
  await write(config);
  return {
    root,
    stateDir: join(root, ".cronverge"),
    write,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** Runs a command line of the compiled program to its end; resolves to the ms that it took. */
export async function timeCommand(
  args: string[],
  { cwd, allowed }: { cwd: string; allowed: readonly number[] },
): Promise<number> {
  const startedMs = performance.now();
  const child = startProgram(args, { cwd, execArgv: [], stdout: "ignore" });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = await once(child, "close");
  const tookMs = performance.now() - startedMs;
  if (!allowed.includes(Number(code))) throw new Error(`${args.join(" ")}: ${code}\n${said}`);
  return tookMs;
}

/** A scheduler in a process of its own, the compiled program; stopped when disposed of. */
export interface RunningUp extends AsyncDisposable {
  pid: number;
  /** Resolves with the ms since the epoch at which the next event of that type was read. */
  next(event: string): Promise<number>;
  /** Its own memory after a full garbage collection, in bytes. */
  memory(): Promise<{ residentBefore: number; resident: number; heapUsed: number }>;
}

/** Starts `up`; resolves when the file is in force. */
export async function startUp(project: BenchProject): Promise<RunningUp> {
  // Told over the channel to collect garbage and to say what is left.
  const execArgv = ["--expose-gc", "--import", join(import.meta.dirname, "memory-report.ts")];
  const child = startProgram(["up"], { cwd: project.root, execArgv, stdout: "pipe" });
  const events = readEvents(child);
  child.stderr?.pipe(process.stderr);
  await events.next("applied");
  const pid = child.pid ?? 0;
  return {
    pid,
    next: (event) => events.next(event),
    async memory() {
      const residentBefore = residentBytes(pid);
      child.send("memory");
      const [heapUsed] = await once(child, "message");
      return { residentBefore, resident: residentBytes(pid), heapUsed: Number(heapUsed) };
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "close");
    },
  };
}

function startProgram(
  args: string[],
  options: { cwd: string; execArgv: string[]; stdout: "ignore" | "pipe" },
): ChildProcess {
  const { PATH = "", HOME = "" } = process.env;
  const { cwd, execArgv, stdout } = options;
  const withChannel = execArgv.length > 0 ? (["ipc"] as const) : [];
  return spawn(process.execPath, [...execArgv, MAIN, ...args], {
    cwd,
    env: { PATH, HOME },
    stdio: ["ignore", stdout, "pipe", ...withChannel],
  });
}

/** Hears every event, whether or not somebody waits for it already. */
function readEvents(child: ChildProcess): { next: (event: string) => Promise<number> } {
  const seen: { event: string; atMs: number }[] = [];
  let wake = (): void => undefined;
  let over = false;
  if (child.stdout === null) throw new Error("the output is a pipe");
  createInterface({ input: child.stdout }).on("line", (line) => {
    seen.push({ event: String(JSON.parse(line).event), atMs: Date.now() });
    wake();
  });
  child.once("close", () => {
    over = true;
    wake();
  });
  return {
    async next(event) {
      for (;;) {
        const index = seen.findIndex((one) => one.event === event);
        const found = index < 0 ? [] : seen.splice(0, index + 1);
        const last = found.at(-1);
        if (last !== undefined) return last.atMs;
        if (over) throw new Error(`the scheduler ended before the event ${event}`);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
