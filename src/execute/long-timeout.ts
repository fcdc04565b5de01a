/** A timer that can be cleared. */
export interface LongTimeout {
  clear(): void;
}

/** The longest time that one timer of Node can wait; a longer one fires at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** Calls back once after any number of milliseconds, also more than 24 days. */
export function setLongTimeout(delayMs: number, callback: () => void): LongTimeout {
  let restMs = delayMs;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const stepMs = Math.min(restMs, MAX_TIMER_MS);
    restMs -= stepMs;
    timer = setTimeout(() => (restMs > 0 ? wait() : callback()), stepMs);
  };
  wait();
  return { clear: () => clearTimeout(timer) };
}
