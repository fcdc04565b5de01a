import type { CancelReason } from "../execute/attempt-request.ts";
import type { SchedulerEvent } from "../views/event.ts";
import type { Claimed } from "../store/claims.ts";
import type { Database } from "../store/connection.ts";
import { claimPending, releaseClaims } from "../store/claims.ts";
import { startLoop } from "./loop.ts";
import type { Loop } from "./loop.ts";
import { problem } from "./problem.ts";
import { runExecution } from "./run.ts";
import type { RunDeps } from "./run.ts";

/** A claim that another node's failure left behind is found by this poll at the latest. */
const POLL_MS = 5_000;

export interface WorkerOptions {
  database: Database;
  nodeId: () => string;
  concurrency: number;
  /** Only these executions, for a process that runs what it was asked for and ends. */
  only: string[] | null;
  run: Omit<RunDeps, "signal" | "release">;
  emit: (event: SchedulerEvent) => void;
}

/** Slots that one claim may fill; they are free again, but for what it claimed, when it is disposed of. */
export interface SlotReservation extends Disposable {
  readonly count: number;
}

/** An execution that this process owns. */
interface ActiveRun {
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
  readonly #loop: Loop;
  #reserved = 0;
  /** Between `startClaiming` and `stopClaiming`. */
  #accepting = false;
  #ended = false;
  /** Executions may be waiting that this object has not seen. */
  #backlog = true;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#loop = startLoop({
      step: () => this.#step(),
      retryMs: 500,
      onError: problem(options.emit, "cannot claim"),
    });
  }

  /** Slots that the clock may fill directly: none while older executions wait for one. */
  reserve(wanted: number): SlotReservation {
    const free = this.#accepting && !this.#backlog ? this.#free() : 0;
    return this.#reserve(Math.min(wanted, free));
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

  /** Whether this process runs the execution. */
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

  /** Ends every run from outside. */
  cancelAll(reason: CancelReason): void {
    for (const run of this.#active.values()) run.cancel.abort(reason);
  }

  /** Until now nothing was taken. */
  startClaiming(): void {
    if (this.#ended) return;
    this.#accepting = true;
    this.wake();
  }

  /** Takes nothing new. What runs goes on. */
  async stopClaiming(): Promise<void> {
    this.#accepting = false;
    this.#ended = true;
    await this.#loop.stop();
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#active.size > 0) {
      await Promise.allSettled([...this.#active.values()].map((run) => run.ended));
    }
  }

  async #step(): Promise<number> {
    using slots = this.#reserve(this.#accepting ? this.#free() : 0);
    if (slots.count === 0) return POLL_MS;
    this.#backlog = false;
    const claims = await claimPending(this.#options.database, {
      nodeId: this.#options.nodeId(),
      limit: slots.count,
      only: this.#options.only,
    });
    if (claims.length === slots.count) this.#backlog = true;
    if (!this.#accepting) {
      await releaseClaims(this.#options.database, claims);
      return POLL_MS;
    }
    await this.#options.run.specs.load(claims.map((claimed) => claimed.specHash));
    this.accept(claims);
    return POLL_MS;
  }

  #free(): number {
    return Math.max(0, this.#options.concurrency - this.#active.size - this.#reserved);
  }

  /** While a claim is under way its slots count as taken, so that two claims never fill one twice. */
  #reserve(count: number): SlotReservation {
    this.#reserved += count;
    return {
      count,
      [Symbol.dispose]: () => {
        this.#reserved -= count;
        if (count > 0 && this.#backlog) this.#loop.wake();
      },
    };
  }

  #start(claimed: Claimed): void {
    const cancel = new AbortController();
    const ended = runExecution(claimed, {
      ...this.#options.run,
      release: (released) => this.#release(released),
      signal: cancel.signal,
    })
      .catch(problem(this.#options.emit, `the run of ${claimed.jobName} could not be recorded`))
      .finally(() => {
        this.#active.delete(claimed.id);
        if (this.#backlog) this.#loop.wake();
      });
    this.#active.set(claimed.id, { cancel, ended });
  }

  async #release(claimed: Claimed): Promise<void> {
    await releaseClaims(this.#options.database, [claimed]);
    this.wake();
  }
}
