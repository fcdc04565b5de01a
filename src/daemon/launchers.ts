import type { Launcher } from "../execute/launcher-client.ts";
import type { SchedulerEvent } from "../views/event.ts";
import { startLauncher } from "../execute/launcher-client.ts";
import { sweepTagged } from "../execute/probe.ts";

/**
 * The launcher of this node, and its successor when it dies. Its runs are recorded only after
 * `recovered` resolves: until then one of their processes may still be alive.
 */
export class Launchers implements AsyncDisposable {
  readonly #nodeId: () => string;
  readonly #emit: (event: SchedulerEvent) => void;
  #current: Promise<Launcher>;
  #recovery: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(options: { nodeId: () => string; emit: (event: SchedulerEvent) => void }) {
    this.#nodeId = options.nodeId;
    this.#emit = options.emit;
    this.#current = this.#start();
  }

  /** The launcher that takes new runs. */
  current(): Promise<Launcher> {
    return this.#current;
  }

  /** Resolves when the processes of a dead launcher are gone. */
  recovered(): Promise<void> {
    return this.#recovery;
  }

  async extendDeadline(deadlineMs: number): Promise<void> {
    (await this.#current).extendDeadline(deadlineMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.#recovery;
    const launcher = await this.#current.catch(() => null);
    await launcher?.[Symbol.asyncDispose]();
  }

  #start(): Promise<Launcher> {
    const launcher = startLauncher({ onExit: () => this.#replace() });
    launcher.catch(() => undefined);
    return launcher;
  }

  #replace(): void {
    if (this.#closing) return;
    const message = "the process that supervises the jobs died; its runs are ended";
    this.#emit({ type: "problem", message, help: null });
    this.#recovery = sweepTagged({ name: "CRONVERGE_NODE", value: this.#nodeId() }).then(
      () => undefined,
    );
    this.#current = this.#recovery.then(() => this.#start());
    this.#current.catch(() => undefined);
  }
}
