import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { MAIN } from "../../test/helpers/main.ts";
import { launcherOf } from "../bench/processes.ts";

export interface NodeOptions {
  /** From 1. */
  index: number;
  root: string;
  /** Its output, one life after another. */
  logFile: string;
  env: Record<string, string>;
  /** Before the program: options of Node. */
  execArgv: string[];
  /** It takes itself for a machine of its own, where the system lets us do that. */
  hostname: string | null;
  nowMs: () => number;
}

/** One process of `cronverge up`, from its start to its exit. */
export interface NodeLife {
  node: number;
  pid: number;
  startedMs: number;
  endedMs: number | null;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether the torture ended it; else it ended by itself. */
  wanted: boolean;
}

/** Longer than the time that running jobs are given to end. */
const STOP_MS = 45_000;

/** What restarts a node that ended by itself, as a service manager does. */
const RESTART_MS = 500;

/** A node of the torture: a scheduler in a process of its own, restarted whenever it ends. */
export class TortureNode implements AsyncDisposable {
  readonly index: number;
  readonly lives: NodeLife[] = [];
  readonly #options: NodeOptions;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #life: NodeLife | null = null;
  /** Whether a life that ends is followed by another one. */
  #wanted = false;
  #closed = false;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.index = options.index;
  }

  /** Of the present life; null: there is none. */
  get pid(): number | null {
    return this.#life?.endedMs === null ? this.#life.pid : null;
  }

  /** The process that supervises its jobs; null: there is none just now. */
  get launcherPid(): number | null {
    return this.pid === null ? null : launcherOf(this.pid);
  }

  start(): void {
    if (this.pid !== null || this.#closed) return;
    this.#wanted = true;
    const { index, root, env, execArgv, logFile, hostname, nowMs } = this.#options;
    const log = openSync(logFile, "a");
    const program = [process.execPath, ...execArgv, MAIN, "up"];
    const [command = "", ...args] = hostname === null ? program : underName(hostname, program);
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", log, log] });
    closeSync(log);
    const life: NodeLife = {
      node: index,
      pid: child.pid ?? 0,
      startedMs: nowMs(),
      endedMs: null,
      code: null,
      signal: null,
      wanted: false,
    };
    this.lives.push(life);
    this.#life = life;
    this.#child = child;
    this.#ended = this.#follow(child, life);
  }

  /** Kills it, and resolves when it is gone; it does not come back by itself. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks it to end, and kills it if it does not listen. Returns what was wrong with that, or null. */
  async stop(): Promise<string | null> {
    const life = this.#life;
    const ended = this.#end("SIGTERM").then(() => true);
    if (!(await Promise.race([ended, delay(STOP_MS, false, { ref: false })]))) {
      await this.#end("SIGKILL");
      return `node ${this.index} did not stop within ${STOP_MS} ms of SIGTERM`;
    }
    if (life === null || !life.wanted || endedWell(life)) return null;
    return `node ${this.index} (pid ${life.pid}) was stopped and ended with ${life.code ?? life.signal}`;
  }

  /** Stops and continues the scheduler. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    if (this.pid !== null) this.#child?.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.signal("SIGCONT");
    await this.kill();
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#wanted = false;
    if (this.#life?.endedMs === null) this.#life.wanted = true;
    this.#child?.kill(signal);
    await this.#ended;
  }

  async #follow(child: ChildProcess, life: NodeLife): Promise<void> {
    const [code, signal] = await once(child, "exit");
    life.endedMs = this.#options.nowMs();
    life.code = code;
    life.signal = signal;
    if (!this.#wanted) return;
    void delay(RESTART_MS, undefined, { ref: false }).then(() => {
      if (this.#wanted) this.start();
    });
  }
}

/**
 * Before it listens to signals, SIGTERM ends it as it does any program; a start that finds the
 * database away ends with 3; and another fault may have killed it on its way.
 */
function endedWell({ code, signal }: NodeLife): boolean {
  return code === 0 || code === 3 || signal === "SIGTERM" || signal === "SIGKILL";
}

function underName(hostname: string, program: readonly string[]): string[] {
  return ["unshare", "--uts", "sh", "-c", `hostname ${hostname} && exec "$@"`, "sh", ...program];
}
