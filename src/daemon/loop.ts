import { setTimeout as sleep } from "node:timers/promises";

/** A loop that looks at the world again and again. Waking it carries no message. */
export interface Loop {
  /** Looks now, or once more if it is looking already. */
  wake(): void;
  /** Lets the step that is going on end, and ends. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  /** One look; resolves to the longest time in ms until the next one. */
  step: () => Promise<number>;
  onError: (error: unknown) => void;
  /** Pause after a step that threw. */
  retryMs: number;
}

/** Starts a loop, whose first look follows at once. A step that throws is reported and repeated. */
export function startLoop(options: LoopOptions): Loop {
  let stopped = false;
  let woken = false;
  let interrupt = new AbortController();

  async function run(): Promise<void> {
    // The first step begins after this call returned, so that it may name its own loop.
    await Promise.resolve();
    while (!stopped) {
      woken = false;
      const delayMs = await options.step().catch((error: unknown) => {
        if (!stopped) options.onError(error);
        return options.retryMs;
      });
      if (stopped || woken) continue;
      interrupt = new AbortController();
      // A timer beyond 2^31 - 1 ms would fire at once.
      await sleep(Math.min(Math.max(delayMs, 0), 60_000), undefined, {
        signal: interrupt.signal,
      }).catch(() => undefined);
    }
  }

  const ended = run();
  return {
    wake() {
      woken = true;
      interrupt.abort();
    },
    async stop() {
      stopped = true;
      interrupt.abort();
      await ended;
    },
  };
}
