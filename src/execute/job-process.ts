import { spawn, type ChildProcess } from "node:child_process";
import { statSync } from "node:fs";
import type { Duplex, Readable } from "node:stream";
import { JobChannel } from "./job-channel.ts";
import type {
  LaunchSpec,
  OutputLine,
  OutputStream,
  ProcessEnding,
  ProcessOutcome,
  StopReason,
} from "./launcher-messages.ts";
import { LineBatch } from "./line-batch.ts";
import { OutputCapture } from "./output-capture.ts";
import { givenBetween, markPids, type PidMark } from "./pid-mark.ts";
import { EXECUTION_TAG, type ProcessTag } from "./process-table.ts";
import { countRead } from "./read-buffers.ts";
import { setLongTimeout, type LongTimeout } from "./long-timeout.ts";
import { signalGroup } from "./signals.ts";
import { sweepTagged } from "./sweep.ts";

/** Where a job process reports. `bytes` is about what the message takes. */
export interface JobProcessSinks {
  started(pid: number): void;
  output(lines: OutputLine[], bytes: number): void;
  message(message: unknown, bytes: number): void;
  /** Called once, when the process and all it started are gone, or cannot be killed; nothing follows. */
  ended(outcome: ProcessOutcome): void;
}

/**
 * Time for the exit of a process that was killed. One that waits in the kernel, for a disk that does
 * not answer, does not see its SIGKILL, perhaps for ever.
 */
const EXIT_MS = 5_000;

/** How often the rest of a group that was asked to end is looked at. */
const GROUP_POLL_MS = 20;

/**
 * Once all known processes are dead, the pipes are read until they close, or until nothing more
 * comes: a stranger may hold them open, and may go on writing.
 */
const DRAIN_QUIET_MS = 1_000;
const DRAIN_MS = 10_000;

/** One process of a job with all it starts, from its start until nothing of it is left. */
export class JobProcess {
  readonly memoryBytes: number;
  /** Resolves when the process and all it started are gone, or cannot be killed. */
  readonly gone: Promise<void>;
  readonly #spec: LaunchSpec;
  readonly #sinks: JobProcessSinks;
  readonly #batch: LineBatch;
  readonly #capture: OutputCapture;
  readonly #startedMs: number = performance.now();
  #resolveGone: () => void = () => undefined;
  #child: ChildProcess | null = null;
  /** From before the process was started; null: not known. */
  #before: PidMark | null = null;
  #channel: JobChannel | null = null;
  #ending: ProcessEnding | null = null;
  #timeout: LongTimeout | undefined;
  /** When SIGKILL follows SIGTERM; null: nobody asked the process to end, or it was killed. */
  #graceEndsMs: number | null = null;
  #grace: LongTimeout | undefined;
  #exitLimit: NodeJS.Timeout | undefined;
  /** The main process has ended, or is waited for no longer. */
  #exited = false;

  constructor(spec: LaunchSpec, sinks: JobProcessSinks) {
    this.#spec = spec;
    this.#sinks = sinks;
    this.memoryBytes = spec.memoryBytes;
    this.#batch = new LineBatch((lines, bytes) => sinks.output(lines, bytes));
    this.#capture = new OutputCapture(spec.outputBytes, (lines) => this.#batch.add(lines));
    this.gone = new Promise((resolve) => (this.#resolveGone = resolve));
  }

  /** Null before it runs and after its main process ended. */
  get pid(): number | null {
    return this.#exited ? null : (this.#child?.pid ?? null);
  }

  start(): void {
    const spec = this.#spec;
    const problem = directoryProblem(spec.cwd);
    if (problem !== null) return this.refuse("spawn_failed", problem);
    const before = markPids();
    let child: ChildProcess;
    try {
      child = spawn(spec.file, spec.args, {
        cwd: spec.cwd,
        // The tag is what finds processes that left the group.
        env: { ...spec.env, [tagOf(spec).name]: spec.executionId },
        detached: true,
        stdio: ["ignore", "pipe", "pipe", ...(spec.ipc ? (["pipe"] as const) : [])],
      });
    } catch (error) {
      return this.refuse("spawn_failed", error instanceof Error ? error.message : String(error));
    }
    this.#child = child;
    child.once("error", (error) => {
      if (child.pid === undefined) this.refuse("spawn_failed", spawnProblem(error, spec.file));
    });
    if (child.pid === undefined) return;
    // Trusted only where the system counts as it should.
    if (givenBetween(before, markPids())(child.pid)) this.#before = before;
    this.#supervise(child, child.pid);
  }

  /** Ends a process that never ran. */
  refuse(ending: ProcessEnding, error: string | null = null): void {
    this.#exited = true;
    this.#report({ exitCode: null, signal: null, ending, error, durationMs: 0, outputTail: [] });
  }

  stop(reason: StopReason): void {
    if (reason === "finished") return this.#kill("exited");
    if (reason === "lease_lost") return this.#kill("lease_lost");
    this.#terminate(reason === "shutdown" ? "shutdown" : "cancelled");
  }

  outOfMemory(): void {
    this.#kill("out_of_memory");
  }

  send(message: unknown): void {
    this.#channel?.send(message);
  }

  pause(): void {
    if (this.#exited) return;
    this.#child?.stdout?.pause();
    this.#child?.stderr?.pause();
    this.#channel?.pause();
  }

  resume(): void {
    this.#child?.stdout?.resume();
    this.#child?.stderr?.resume();
    this.#channel?.resume();
  }

  #supervise(child: ChildProcess, pid: number): void {
    const read = (stream: OutputStream, bytes: Buffer): void => {
      this.#capture.write(stream, bytes);
      countRead(bytes.length);
    };
    child.stdout?.on("data", (bytes: Buffer) => read("stdout", bytes));
    child.stderr?.on("data", (bytes: Buffer) => read("stderr", bytes));
    for (const stream of [child.stdout, child.stderr]) stream?.on("error", () => undefined);
    const socket = child.stdio[3];
    if (socket) {
      // A pipe beyond the third is a socket, open in both directions.
      this.#channel = new JobChannel(socket as Duplex, (message, bytes) =>
        this.#sinks.message(message, bytes),
      );
    }
    child.once("exit", () => void this.#afterExit(child, pid));
    const { timeoutMs } = this.#spec;
    if (timeoutMs !== null) {
      this.#timeout = setLongTimeout(timeoutMs, () => this.#terminate("timeout"));
    }
    this.#sinks.started(pid);
  }

  #terminate(ending: ProcessEnding): void {
    if (this.#exited || this.#ending !== null || this.#child?.pid === undefined) return;
    this.#ending = ending;
    this.#graceEndsMs = performance.now() + this.#spec.graceMs;
    signalGroup(this.#child.pid, "SIGTERM");
    // A stopped process could not use its grace.
    signalGroup(this.#child.pid, "SIGCONT");
    this.#grace = setLongTimeout(this.#spec.graceMs, () => this.#kill(ending));
  }

  /** A lost lease is told whatever was tried before it. */
  #kill(ending: ProcessEnding): void {
    const child = this.#child;
    if (child?.pid === undefined) return;
    const { pid } = child;
    if (this.#ending === null || ending === "lease_lost") this.#ending = ending;
    this.#graceEndsMs = null;
    if (this.#exited) return;
    signalGroup(pid, "SIGKILL");
    this.#exitLimit ??= setTimeout(() => void this.#afterExit(child, pid), EXIT_MS);
  }

  /** What follows the exit of the main process, or the time in which it should have come. */
  async #afterExit(child: ChildProcess, pid: number): Promise<void> {
    if (this.#exited) return;
    const durationMs = performance.now() - this.#startedMs;
    const ending = this.#ending ?? "exited";
    this.#exited = true;
    this.#timeout?.clear();
    clearTimeout(this.#exitLimit);
    await this.#waitForGroup(pid);
    this.#grace?.clear();
    signalGroup(pid, "SIGKILL");
    const { survivors } = await sweepTagged(tagOf(this.#spec), this.#before);
    await this.#drain();
    const { exitCode, signalCode: signal } = child;
    // A sweep finds it by its environment, which may not be readable.
    const stuck = exitCode === null && signal === null ? [pid] : [];
    const alive = [...new Set([...stuck, ...survivors])];
    const error = alive.length === 0 ? null : `processes could not be killed: ${alive.join(", ")}`;
    this.#capture.end();
    this.#batch.flush();
    const outputTail = this.#capture.recentLines();
    const told = this.#ending === "lease_lost" ? "lease_lost" : ending;
    this.#report({ exitCode, signal, ending: told, error, durationMs, outputTail });
  }

  /**
   * What the main process left behind may use the rest of the grace it was given; without one it
   * is killed at once. The group is polled without a pause long enough for its number to be given
   * to another.
   */
  async #waitForGroup(pid: number): Promise<void> {
    while (this.#graceEndsMs !== null && performance.now() < this.#graceEndsMs) {
      if (!signalGroup(pid, 0)) return;
      await new Promise((resolve) => setTimeout(resolve, GROUP_POLL_MS));
    }
  }

  async #drain(): Promise<void> {
    const child = this.#child;
    const streams = [child?.stdout, child?.stderr, child?.stdio[3]].filter(
      (stream): stream is Readable => stream !== null && stream !== undefined,
    );
    this.resume();
    this.#channel?.drain();
    await Promise.race([Promise.all(streams.map(ended)), silence(streams)]);
    for (const stream of streams) stream.destroy();
    this.#channel?.close();
  }

  #report(outcome: ProcessOutcome): void {
    this.#sinks.ended(outcome);
    this.#resolveGone();
  }
}

function tagOf({ tag, executionId }: LaunchSpec): ProcessTag {
  return { name: tag ?? EXECUTION_TAG, value: executionId };
}

function directoryProblem(cwd: string): string | null {
  try {
    return statSync(cwd).isDirectory() ? null : `the working directory ${cwd} is not a directory`;
  } catch {
    return `the working directory ${cwd} does not exist`;
  }
}

function spawnProblem(error: Error, file: string): string {
  const code = "code" in error ? error.code : null;
  if (code === "ENOENT") return `the program ${file} was not found`;
  if (code === "EACCES") return `the program ${file} may not be executed`;
  return error.message;
}

/** Resolves when no stream has brought anything for a while, or when it has taken too long. */
function silence(streams: Readable[]): Promise<void> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const restart = (): void => {
      if (performance.now() - startedMs < DRAIN_MS) timer.refresh();
    };
    const timer = setTimeout(resolve, DRAIN_QUIET_MS).unref();
    for (const stream of streams) stream.on("data", restart);
  });
}

function ended(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.readableEnded || stream.destroyed) return resolve();
    stream.once("end", resolve);
    stream.once("close", resolve);
    stream.once("error", () => resolve());
  });
}
