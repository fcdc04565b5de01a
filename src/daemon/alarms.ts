import type { LongTimeout } from "../execute/long-timeout.ts";
import { setLongTimeout } from "../execute/long-timeout.ts";

/** Timers that end together. */
export class Alarms implements Disposable {
  readonly #timers = new Set<LongTimeout>();
  #disposed = false;

  /** Calls back once after so many milliseconds, unless this is disposed of before. */
  after(delayMs: number, callback: () => void): void {
    if (this.#disposed) return;
    const timer = setLongTimeout(delayMs, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const timer of this.#timers) timer.clear();
    this.#timers.clear();
  }
}
