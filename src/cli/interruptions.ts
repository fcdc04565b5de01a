/** Ctrl-C while a command waits: the first asks to end, the second stops waiting. */
export interface Interruptions extends Disposable {
  interrupt: AbortSignal;
  abandon: AbortSignal;
}

/** Takes SIGINT and SIGTERM for itself until it is disposed. */
export function interruptions(): Interruptions {
  const first = new AbortController();
  const second = new AbortController();
  const onSignal = (): void => (first.signal.aborted ? second : first).abort();
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    interrupt: first.signal,
    abandon: second.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
