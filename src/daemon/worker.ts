import type { CancelReason } from "../execute/attempt-request.ts";
import type { SchedulerEvent } from "../views/event.ts";
import type { Claimed } from "../store/claims.ts";
import type { Database } from "../store/connection.ts";
import { claimPending, releaseClaims } from "../store/claims.ts";
import { runExecution } from "./run.ts";
import type { RunDeps } from "./run.ts";
import { startLoop } from "./loop.ts";

/** A claim that another node's failure left behind is found by this poll at the latest. */
const POLL_MS = 5_000;

export interface WorkerOptions {
  database: Database;
  nodeId: () => string;
  concurrency: number;
  /** Only these executions, for a process that runs what it was asked for and ends. */
  only: string[] | null;
  run: Omit<RunDeps, "signal">;
  emit: (event: SchedulerEvent) => void;
}

/** An execution that this process owns. */
interface ActiveRun {
  claimed: Claimed;
  cancel: AbortController;
  ended: Promise<void>;
}

/**
 * Claims executions while slots are free and runs them. Slots are counted in memory, ownership is
 * in the database: a row that this object knows and the database does not will not be written.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #active = new Map<string, ActiveRun>();
  readonly #loop;
  #accepting = true;
  #backlog = true;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#loop = startLoop({
      step: () => this.#step(),
      retryMs: 500,
      onError: (error) =>
        options.emit({ type: "problem", message: `cannot claim: ${String(error)}`, help: null }),
    });
  }

  /** Slots that the clock may fill directly: none while older executions wait for one. */
  freeSlots(): number {
    if (!this.#accepting || this.#backlog) return 0;
    return Math.max(0, this.#options.concurrency - this.#active.size);
  }

  /** Looks for pending executions now. */
  wake(): void {
    this.#backlog = true;
    this.#loop.wake();
  }

  /** Runs claims that were made for this node. */
  accept(claims: Claimed[]): void {
    for (const claimed of claims) this.#start(claimed);
  }

  /** The executions this process owns, by id. */
  owns(id: string): boolean {
    return this.#active.has(id);
  }

  get running(): number {
    return this.#active.size;
  }

  /** Ends one run from outside; false when this process does not own it. */
  cancel(id: string, reason: CancelReason): boolean {
    const run = this.#active.get(id);
    run?.cancel.abort(reason);
    return run !== undefined;
  }

  cancelAll(reason: CancelReason): void {
    for (const run of this.#active.values()) run.cancel.abort(reason);
  }

  /** Takes nothing new. What runs goes on. */
  async stopClaiming(): Promise<void> {
    this.#accepting = false;
    await this.#loop.stop();
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#active.size > 0) {
      await Promise.allSettled([...this.#active.values()].map((run) => run.ended));
    }
  }

  async #step(): Promise<number> {
    const free = this.#options.concurrency - this.#active.size;
    if (!this.#accepting || free <= 0) return POLL_MS;
    this.#backlog = false;
    const claims = await claimPending(this.#options.database, {
      nodeId: this.#options.nodeId(),
      limit: free,
      only: this.#options.only,
    });
    if (claims.length === free) this.#backlog = true;
    if (!this.#accepting) {
      await releaseClaims(this.#options.database, claims);
      return POLL_MS;
    }
    await this.#options.run.specs.load(claims.map((claimed) => claimed.specHash));
    this.accept(claims);
    return POLL_MS;
  }

  #start(claimed: Claimed): void {
    const cancel = new AbortController();
    const ended = runExecution(claimed, { ...this.#options.run, signal: cancel.signal })
      .catch((error: unknown) => {
        const message = `the run of ${claimed.jobName} could not be recorded: ${String(error)}`;
        this.#options.emit({ type: "problem", message, help: null });
      })
      .finally(() => {
        this.#active.delete(claimed.id);
        if (this.#backlog) this.#loop.wake();
      });
    this.#active.set(claimed.id, { claimed, cancel, ended });
  }
}
