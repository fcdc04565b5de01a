import { performance } from "node:perf_hooks";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { CancelReason } from "../model/execution.ts";
import type { ReasonCode } from "../model/execution.ts";
import type { SchedulerEvent } from "../views/event.ts";
import type { Claimed } from "../store/claims.ts";
import type { Database } from "../store/connection.ts";
import { claimStep } from "../store/claimable.ts";
import { claimPending, readRemaining } from "../store/claims.ts";
import { releaseClaims } from "../store/release.ts";
import { wakeNodes } from "../store/trigger.ts";
import { toCancelReason } from "./cancel-reason.ts";
import { startLoop } from "./loop.ts";
import type { Loop } from "./loop.ts";
import { problem } from "./problem.ts";
import { runExecution } from "./run.ts";
import type { RunDeps } from "./run.ts";
import type { SpecCache } from "./specs.ts";

/** A claim that another node's failure left behind is found by this poll at the latest. */
const POLL_MS = 5_000;

/** How often a lease is looked at that is not good enough to start anything. */
const LEASE_POLL_MS = 200;

/** The shortest sleep before an execution that waits for its next attempt. */
const NEXT_MIN_MS = 10;

/**
 * A start that was committed with its claim counts only if the answer came within this time, which is
 * below half a beat of the shortest lease: later the heartbeat may have given the row back, and its
 * start is asked for once more.
 */
const FRESH_MS = 500;

export interface WorkerOptions {
  database: Database;
  nodeId: () => string;
  /** False: the lease is about to end, or has, and what is claimed now would be ended with it. */
  mayStart: () => boolean;
  concurrency: number;
  /** Only these executions, for a process that runs what it was asked for and ends. */
  only: string[] | null;
  run: Omit<RunDeps, "onCode" | "signal" | "cancelReason" | "release">;
  emit: (event: SchedulerEvent) => void;
}

/** Slots that one claim may fill; they are free again, but for what it claimed, when it is disposed of. */
export interface SlotReservation extends Disposable {
  readonly count: number;
}

/** An execution that this process owns. */
interface ActiveRun {
  cancel: AbortController;
  /** Why somebody asked for its end; null: nobody did. */
  cancelReason: ReasonCode | null;
  /** Code of it was about to run, or did. */
  mayHaveRun: boolean;
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
  /** Executions wait for keys, which the end of a run may give free. */
  #waiting = false;
  /** Runs whose code may have run, and of which it is not known whether their end is recorded. */
  readonly #unrecorded = new Set<string>();
  /** Whoever waits for a slot. */
  #freed = Promise.withResolvers<void>();
  /** Somebody waited in vain, and no slot was freed since. */
  #full = false;

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
    return this.#reserve(Math.min(wanted, this.free));
  }

  /** As many as could be reserved now. */
  get free(): number {
    const { mayStart } = this.#options;
    return this.#accepting && !this.#backlog && mayStart() ? this.#free() : 0;
  }

  /** Resolves when slots may be free, or after a while; at once where that was in vain before. */
  async untilFree(withinMs: number): Promise<void> {
    if (this.#full) return;
    this.#full = true;
    await Promise.race([this.#freed.promise, sleep(withinMs)]);
    // Runs end in batches: all of this one are to be counted.
    await setImmediate();
  }

  /** Looks for pending executions now. */
  wake(): void {
    this.#backlog = true;
    this.#loop.wake();
  }

  /** The specs that this process knows. */
  get specs(): SpecCache {
    return this.#options.run.specs;
  }

  /** Runs claims that were made for this node, and asked for at that instant of `performance.now()`. */
  accept(claims: readonly Claimed[], askedAtMs: number): void {
    const fresh = performance.now() - askedAtMs < FRESH_MS;
    for (const claimed of claims) this.#start(fresh ? claimed : { ...claimed, started: null });
  }

  /** Whether this process runs the execution. */
  owns(id: string): boolean {
    return this.#active.has(id);
  }

  /** Whether code of an execution may have run that this process does not own: its record failed. */
  mayHaveRun(id: string): boolean {
    return this.#unrecorded.has(id);
  }

  get running(): number {
    return this.#active.size;
  }

  /** Ends one run from outside; false when this process does not own it. */
  cancel(id: string, reason: ReasonCode): boolean {
    const run = this.#active.get(id);
    if (run === undefined) return false;
    run.cancelReason ??= reason;
    run.cancel.abort(toCancelReason(reason));
    return true;
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
    if (this.#accepting && !this.#options.mayStart()) return LEASE_POLL_MS;
    using slots = this.#reserve(this.#accepting ? this.#free() : 0);
    if (slots.count === 0) return POLL_MS;
    this.#backlog = false;
    const { database, nodeId, only, run } = this.#options;
    const askedAtMs = performance.now();
    const claims = await claimPending(database, { nodeId: nodeId(), limit: slots.count, only });
    if (!this.#accepting) {
      await releaseClaims(database, claims);
      return POLL_MS;
    }
    await run.specs.load(claims);
    this.accept(claims, askedAtMs);
    if (claims.length === claimStep(slots.count)) {
      this.#backlog = true;
      return claims.length < slots.count ? 0 : POLL_MS;
    }
    this.#tellFree();
    const { waiting, nextMs } = await readRemaining(database, only);
    this.#waiting = waiting;
    return nextMs === null ? POLL_MS : Math.min(Math.max(nextMs, NEXT_MIN_MS), POLL_MS);
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
      onCode: () => {
        run.mayHaveRun = true;
      },
      signal: cancel.signal,
      cancelReason: () => run.cancelReason,
    })
      .catch((error: unknown) => {
        if (run.mayHaveRun) this.#unrecorded.add(claimed.id);
        problem(this.#options.emit, `the run of ${claimed.jobName} could not be recorded`)(error);
      })
      .finally(() => {
        // Its next attempt may have been claimed here before this one was put away.
        if (this.#active.get(claimed.id) === run) this.#active.delete(claimed.id);
        this.#goOn();
      });
    const run: ActiveRun = { cancel, cancelReason: null, mayHaveRun: false, ended };
    this.#active.set(claimed.id, run);
  }

  /** A slot is free, and perhaps a key: whoever waits for it may be another node's to run. */
  #goOn(): void {
    this.#tellFree();
    if (this.#backlog || this.#waiting) this.#loop.wake();
    if (!this.#waiting || (this.#accepting && this.#options.only === null)) return;
    void wakeNodes(this.#options.database).catch(() => undefined);
  }

  #tellFree(): void {
    this.#full = false;
    this.#freed.resolve();
    this.#freed = Promise.withResolvers<void>();
  }

  async #release(claimed: Claimed): Promise<void> {
    await releaseClaims(this.#options.database, [claimed]);
    this.wake();
  }
}
