/** Watches whether the launcher still answers. */
export interface Heartbeat {
  pong(): void;
  stop(): void;
}

export interface HeartbeatOptions {
  ping(): void;
  /** Called once, when five pings in a row went unanswered. */
  onFrozen(): void;
  intervalMs?: number;
}

const INTERVAL_MS = 2_000;
const MISSES = 5;

/**
 * Pings every two seconds. An interval that came late says that this process itself was stopped
 * or busy, perhaps together with the launcher, so it is no evidence and is not counted.
 */
export function watchHeartbeat(options: HeartbeatOptions): Heartbeat {
  const intervalMs = options.intervalMs ?? INTERVAL_MS;
  let misses = 0;
  let lastTick = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const late = now - lastTick > intervalMs * 2;
    lastTick = now;
    if (!late) misses += 1;
    if (misses > MISSES) {
      clearInterval(timer);
      options.onFrozen();
    } else {
      options.ping();
    }
  }, intervalMs);
  timer.unref();
  return {
    pong: () => (misses = 0),
    stop: () => clearInterval(timer),
  };
}
