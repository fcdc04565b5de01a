import type { Launcher } from "../execute/launcher-client.ts";
import type { SchedulerEvent } from "../views/event.ts";
import { startLauncher } from "../execute/launcher-client.ts";
import { nodeTag } from "../execute/process-table.ts";
import { sweepTagged } from "../execute/sweep.ts";
import { problem } from "./problem.ts";

/**
 * The launcher of this node, and its successor when it dies. Its runs are recorded only after
 * `recovered` resolves: until then one of their processes may still be alive.
 */
export class Launchers implements AsyncDisposable {
  readonly #nodeId: () => string;
  readonly #emit: (event: SchedulerEvent) => void;
  /** Null: the last one could not be started. */
  #current: Promise<Launcher> | null;
  #recovery: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(options: { nodeId: () => string; emit: (event: SchedulerEvent) => void }) {
    this.#nodeId = options.nodeId;
    this.#emit = options.emit;
    this.#current = this.#start();
  }

  /** The launcher that takes new runs. Rejects when it cannot be started; the next call tries again. */
  current(): Promise<Launcher> {
    return (this.#current ??= this.#start());
  }

  /** Resolves when the processes of a dead launcher are gone. */
  recovered(): Promise<void> {
    return this.#recovery;
  }

  /** Moves the instant at which every run is killed, in ms of the monotonic clock. */
  async extendDeadline(deadlineMs: number): Promise<void> {
    (await this.#current)?.extendDeadline(deadlineMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    const launcher = await this.#current?.catch(() => null);
    await launcher?.[Symbol.asyncDispose]();
  }

  #start(): Promise<Launcher> {
    const launcher = this.#recovery.then(() => startLauncher({ onExit: () => this.#replace() }));
    launcher.catch(() => {
      if (this.#current === launcher) this.#current = null;
    });
    return launcher;
  }

  #replace(): void {
    if (this.#closing) return;
    const message = "the process that supervises the jobs died; its runs are ended";
    this.#emit({ type: "problem", message, help: null });
    this.#recovery = sweepTagged(nodeTag(this.#nodeId())).then(
      () => undefined,
      problem(this.#emit, "cannot look for processes that the dead launcher left"),
    );
    this.#current = this.#start();
  }
}
