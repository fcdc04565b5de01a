import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { durationText } from "../model/job.ts";
import type { BuiltinContext } from "./contract.ts";
import { Turns } from "./turns.ts";

/** The part of the time until it is cut off that a job uses: the rest is for the batch in hand. */
const USED_PART = 0.8;

const MOST_PAUSE_MS = 50;

/**
 * All clean-ups of a process together: its clock and its claims use the same few connections, and
 * must not wait for one.
 */
const turns = new Turns(2);

/** The time that a clean-up takes for itself, and leaves to others. */
export class Budget {
  readonly #signal: AbortSignal;
  /** Infinity: there is no limit. */
  readonly #ownMs: number;
  readonly #startedMs = performance.now();

  constructor({ signal, limitMs }: Pick<BuiltinContext, "signal" | "limitMs">) {
    this.#signal = signal;
    this.#ownMs = (limitMs ?? Infinity) * USED_PART;
  }

  get isOver(): boolean {
    return this.#signal.aborted || performance.now() - this.#startedMs >= this.#ownMs;
  }

  /** Why something is left undone, and what becomes of it. */
  get why(): string {
    const reason = this.#signal.aborted
      ? "it was stopped"
      : `${durationText(this.#ownMs)} are over`;
    return `as ${reason}: the next run goes on`;
  }

  /** Does one batch, and then rests for as long as it took, so that the database has time for others. */
  async batch<T>(work: () => Promise<T>): Promise<T> {
    const { done, tookMs } = await turns.take(() => timed(work));
    const restMs = Math.min(MOST_PAUSE_MS, tookMs);
    await delay(restMs, undefined, { signal: this.#signal }).catch(() => undefined);
    return done;
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ done: T; tookMs: number }> {
  const startedMs = performance.now();
  const done = await work();
  return { done, tookMs: performance.now() - startedMs };
}
