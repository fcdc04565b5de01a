import type { Launcher } from "../execute/launcher-client.ts";
import type { SchedulerEvent } from "../views/event.ts";
import { startLauncher } from "../execute/launcher-client.ts";
import { nodeTag } from "../execute/process-table.ts";
import { sweepTagged } from "../execute/sweep.ts";
import { problem } from "./problem.ts";

export interface LaunchersOptions {
  nodeId: () => string;
  /** Until when the lease lets jobs run, in ms of the monotonic clock; null: no time ends them. */
  runsUntilMs: () => number | null;
  emit: (event: SchedulerEvent) => void;
}

/**
 * The launcher of this node, and its successor when it dies. Its runs are recorded only after
 * `recovered` resolves: until then one of their processes may still be alive.
 */
export class Launchers implements AsyncDisposable {
  readonly #options: LaunchersOptions;
  /** Null: the last one could not be started. */
  #current: Promise<Launcher> | null;
  #recovery: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(options: LaunchersOptions) {
    this.#options = options;
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

  /** Tells the launcher until when the lease lets jobs run now. */
  async extendDeadline(): Promise<void> {
    (await this.#current)?.extendDeadline(this.#options.runsUntilMs());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    const launcher = await this.#current?.catch(() => null);
    await launcher?.[Symbol.asyncDispose]();
  }

  #start(): Promise<Launcher> {
    const launcher = this.#recovery.then(() => this.#startWithDeadline());
    launcher.catch(() => {
      if (this.#current === launcher) this.#current = null;
    });
    return launcher;
  }

  /** The lease may never be renewed again: no launcher runs anything without its deadline. */
  async #startWithDeadline(): Promise<Launcher> {
    const launcher = await startLauncher({ onExit: () => this.#replace() });
    launcher.extendDeadline(this.#options.runsUntilMs());
    return launcher;
  }

  #replace(): void {
    const { nodeId, emit } = this.#options;
    if (this.#closing) return;
    const message = "the process that supervises the jobs died; its runs are ended";
    emit({ type: "problem", message, help: null });
    this.#recovery = sweepTagged(nodeTag(nodeId())).then(
      () => undefined,
      problem(emit, "cannot look for processes that the dead launcher left"),
    );
    this.#current = this.#start();
  }
}
