import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { SchedulerError } from "../model/errors.ts";
import type { CancelReason } from "../model/execution.ts";
import { PROGRAM_ENDING, PROGRAM_FILES } from "../model/program-files.ts";
import { watchHeartbeat, type Heartbeat } from "./launcher-heartbeat.ts";
import type {
  LauncherToScheduler,
  LaunchSpec,
  OutputLine,
  ProcessOutcome,
  SchedulerToLauncher,
} from "./launcher-messages.ts";

export type { LaunchSpec, OutputLine, ProcessEnding, ProcessOutcome } from "./launcher-messages.ts";

/** The scheduler's end of the process that owns every job process. */
export interface Launcher {
  readonly pid: number;
  /** Starts a process and resolves when it and all it started are gone. Never rejects. */
  launch(spec: LaunchSpec, events: LaunchEvents): Promise<ProcessOutcome>;
  /** Ends a process: SIGTERM, grace, SIGKILL; without grace when the lease is lost. */
  cancel(executionId: string, reason: CancelReason): void;
  /** Kills what is left of a process that has already given its result. */
  finish(executionId: string): void;
  /** One JSON message to a process that was launched with `ipc`. */
  send(executionId: string, message: unknown): void;
  /**
   * Every process is killed at this instant of the monotonic clock, in milliseconds of
   * `process.hrtime`, unless it is moved again; null: never.
   */
  extendDeadline(deadlineMs: number | null): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface LaunchEvents {
  onStarted(pid: number): void;
  onOutput(lines: OutputLine[]): void;
  /** What the process sent on its channel: untrusted. */
  onMessage(message: unknown): void;
}

export interface LauncherOptions {
  onExit(code: number | null, signal: NodeJS.Signals | null): void;
  /** How often the launcher is asked whether it still answers; every two seconds if absent. */
  pingMs?: number;
}

/** The reading of the clock that scheduler and launcher share, in milliseconds. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** Starts a launcher and waits until it is ready. `onExit` is called once, however it ends. */
export async function startLauncher(options: LauncherOptions): Promise<Launcher> {
  const child = spawnLauncher();
  await ready(child);
  return new LauncherClient(child, options);
}

/** Time that a launcher gets to kill everything and go, when it is disposed of. */
const DISPOSE_MS = 5_000;

/**
 * A job may signal the launcher, its parent: SIGUSR1 must not open an inspector there. The rest
 * keeps it small: what passes through it is dead a moment later, and must not pile up.
 */
const FLAGS = [
  "--disable-sigusr1",
  "--expose-gc",
  "--max-semi-space-size=1",
  "--optimize-for-size",
];

function spawnLauncher(): ChildProcess {
  const entry = new URL(`execute/launcher.${PROGRAM_ENDING}`, PROGRAM_FILES);
  // Detached, so that Ctrl-C on a terminal reaches the scheduler alone, which decides.
  return spawn(process.execPath, [...FLAGS, fileURLToPath(entry)], {
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: {
      PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
      ...(PROGRAM_ENDING === "ts" ? { NODE_COMPILE_CACHE: compileCache() } : {}),
    },
    serialization: "json",
  });
}

/**
 * What takes the types out of the sources needs thirty megabytes, and stays in memory. With a cache
 * only the first launcher needs it. It is in the checkout, where nobody else can put code into it.
 */
function compileCache(): string {
  return fileURLToPath(new URL("../node_modules/.cache/cronverge", PROGRAM_FILES));
}

async function ready(child: ChildProcess): Promise<void> {
  const failed = once(child, "exit").then(([code, signal]) => {
    throw new SchedulerError("io", `the launcher ended at its start (${signal ?? code})`);
  });
  await Promise.race([once(child, "message"), failed]);
  failed.catch(() => undefined);
}

interface PendingLaunch {
  startedMs: number;
  events: LaunchEvents;
  resolve(outcome: ProcessOutcome): void;
}

class LauncherClient implements Launcher {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #pending = new Map<string, PendingLaunch>();
  readonly #heartbeat: Heartbeat;
  readonly #exited: Promise<void>;

  constructor(child: ChildProcess, options: LauncherOptions) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#heartbeat = watchHeartbeat({
      ping: () => this.#post({ type: "ping" }),
      // A launcher that no longer answers cannot keep its deadline. It is killed, and its death
      // is handled like any other.
      onFrozen: () => child.kill("SIGKILL"),
      ...(options.pingMs === undefined ? {} : { intervalMs: options.pingMs }),
    });
    child.on("message", (message: LauncherToScheduler) => this.#receive(message));
    // A failed write is followed by the exit, which is what counts.
    child.on("error", () => undefined);
    this.#exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.#close();
        resolve();
        options.onExit(code, signal);
      });
    });
  }

  launch(spec: LaunchSpec, events: LaunchEvents): Promise<ProcessOutcome> {
    if (this.#pending.has(spec.executionId)) {
      return Promise.resolve(failedLaunch("spawn_failed", "the execution is already running"));
    }
    return new Promise((resolve) => {
      this.#pending.set(spec.executionId, { startedMs: monotonicMs(), events, resolve });
      if (!this.#post({ type: "launch", spec })) {
        this.#settle(spec.executionId, failedLaunch("launcher_died", "the launcher is gone"));
      }
    });
  }

  cancel(executionId: string, reason: CancelReason): void {
    this.#post({ type: "stop", executionId, reason });
  }

  finish(executionId: string): void {
    this.#post({ type: "stop", executionId, reason: "finished" });
  }

  send(executionId: string, message: unknown): void {
    this.#post({ type: "message", executionId, message });
  }

  extendDeadline(deadlineMs: number | null): void {
    this.#post({ type: "deadline", deadlineMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#heartbeat.stop();
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), DISPOSE_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** False: the launcher can no longer be reached. */
  #post(message: SchedulerToLauncher): boolean {
    if (!this.#child.connected) return false;
    this.#child.send(message, () => undefined);
    return true;
  }

  #receive(message: LauncherToScheduler): void {
    if (message.type === "pong") return this.#heartbeat.pong();
    if (message.type === "ready") return;
    const events = this.#pending.get(message.executionId)?.events;
    if (message.type === "started") events?.onStarted(message.pid);
    else if (message.type === "output") events?.onOutput(message.lines);
    else if (message.type === "message") events?.onMessage(message.message);
    else this.#settle(message.executionId, message.outcome);
  }

  #settle(executionId: string, outcome: ProcessOutcome): void {
    const pending = this.#pending.get(executionId);
    this.#pending.delete(executionId);
    pending?.resolve(outcome);
  }

  #close(): void {
    this.#heartbeat.stop();
    for (const [executionId, pending] of this.#pending) {
      const outcome = failedLaunch("launcher_died", "the launcher died");
      this.#settle(executionId, { ...outcome, durationMs: monotonicMs() - pending.startedMs });
    }
  }
}

function failedLaunch(ending: ProcessOutcome["ending"], error: string): ProcessOutcome {
  return { exitCode: null, signal: null, ending, error, durationMs: 0, outputTail: [] };
}
