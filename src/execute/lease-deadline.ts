import { readFileSync } from "node:fs";

/** How often a deadline is compared with the clocks. */
const CHECK_MS = 200;

/**
 * The instant at which every job must be dead unless the lease is renewed. It is kept in two
 * clocks: the monotonic one, which scheduler and launcher share, and on Linux the time since
 * boot, which also counts a suspended machine.
 */
export class LeaseDeadline {
  readonly #onPassed: () => void;
  #monotonicMs: number | null = null;
  #bootMs: number | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(onPassed: () => void) {
    this.#onPassed = onPassed;
  }

  /** Milliseconds of the monotonic clock; null: no deadline. */
  set(deadlineMs: number | null): void {
    // The old deadline is looked at first: after a suspend its time may be over although the
    // monotonic clock of the new one says otherwise.
    if (this.passed()) this.#onPassed();
    clearInterval(this.#timer);
    this.#monotonicMs = deadlineMs;
    this.#bootMs = null;
    if (deadlineMs === null) return;
    const bootMs = sinceBootMs();
    if (bootMs !== null) this.#bootMs = bootMs + (deadlineMs - nowMs());
    this.#timer = setInterval(() => {
      if (this.passed()) this.#onPassed();
    }, CHECK_MS);
  }

  passed(): boolean {
    if (this.#monotonicMs === null) return false;
    if (nowMs() >= this.#monotonicMs) return true;
    const bootMs = this.#bootMs === null ? null : sinceBootMs();
    return bootMs !== null && this.#bootMs !== null && bootMs >= this.#bootMs;
  }
}

function nowMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** Null where the system does not tell. */
function sinceBootMs(): number | null {
  if (process.platform !== "linux") return null;
  try {
    const seconds = Number.parseFloat(readFileSync("/proc/uptime", "latin1"));
    return Number.isFinite(seconds) ? seconds * 1_000 : null;
  } catch {
    return null;
  }
}
