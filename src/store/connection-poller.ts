/** A pooler keeps no session that could be notified: whoever listens is woken at intervals. */
const POLL_MS = 1_000;

/** What `Listener` is without a session: nothing is heard, so that everything is looked at. */
export class Poller {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Calls `onWake` once now and then every second, until disposed. */
  async subscribe(_channel: string, onWake: () => void): Promise<AsyncDisposable> {
    const timer = setInterval(onWake, POLL_MS);
    this.#timers.add(timer);
    onWake();
    return {
      [Symbol.asyncDispose]: async () => {
        clearInterval(timer);
        this.#timers.delete(timer);
      },
    };
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
  }
}
