/** Why a scheduler ends. */
export type Ending = { by: "SIGTERM" | "SIGINT" } | { by: "bug"; error: unknown };

/** The signals that this process gets, and the bugs that it has, while a scheduler runs. */
export class EndSignals implements Disposable {
  /** The first signal to end, or a bug. */
  readonly first: Promise<Ending>;
  onReload: () => void = () => undefined;
  readonly #second = new AbortController();
  readonly #end: (ending: Ending) => void;
  #ending = false;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.first = promise;
    this.#end = resolve;
    for (const [event, listener] of this.#listeners) process.on(event, listener);
  }

  /** Aborted by a second signal: nothing is waited for any more. */
  get second(): AbortSignal {
    return this.#second.signal;
  }

  [Symbol.dispose](): void {
    for (const [event, listener] of this.#listeners) process.off(event, listener);
  }

  readonly #onEnd = (by: "SIGTERM" | "SIGINT"): void => {
    if (this.#ending) this.#second.abort();
    this.#ending = true;
    this.#end({ by });
  };

  readonly #onBug = (error: unknown): void => {
    if (this.#ending) this.#second.abort();
    this.#ending = true;
    this.#end({ by: "bug", error });
  };

  readonly #listeners: [string, (value: unknown) => void][] = [
    ["SIGTERM", () => this.#onEnd("SIGTERM")],
    ["SIGINT", () => this.#onEnd("SIGINT")],
    ["SIGHUP", () => this.onReload()],
    // Without a listener Node would open its inspector, through which anybody here may run code.
    ["SIGUSR1", () => undefined],
    ["unhandledRejection", (error: unknown) => this.#onBug(error)],
    ["uncaughtException", (error: unknown) => this.#onBug(error)],
  ];
}
