import type { Engine } from "../daemon/engine.ts";
import { errorMessage } from "../model/errors.ts";
import type { SchedulerEvent } from "../views/event.ts";
import { printable } from "../views/printable.ts";
import type { Session } from "./session.ts";

export interface OwnEngineOptions {
  /** The executions that it may run. */
  only: string[];
  /** When it may start, by `performance.now()`: a node that is alive goes first. */
  fromMs: number;
  onProblem: (message: string) => void;
}

/** What follows from the ends of the runs, the hooks of `on_failure`, may take this long. */
const TELL_MS = 10_000;

/** Makes this process a node for a few executions, if and when no other node takes them. */
export class OwnEngine implements AsyncDisposable {
  readonly #session: Session;
  readonly #options: OwnEngineOptions;
  #engine: Engine | null = null;

  constructor(session: Session, options: OwnEngineOptions) {
    this.#session = session;
    this.#options = options;
  }

  async startIfDue(): Promise<void> {
    if (this.#engine !== null || performance.now() < this.#options.fromMs) return;
    const { project, store, settings } = this.#session;
    const { Engine } = await import("../daemon/engine.ts");
    this.#engine = await Engine.start({
      project,
      store,
      settings: () => settings,
      role: "once",
      only: this.#options.only,
      emit: (event) => this.#report(event),
    });
    this.#engine.worker.startClaiming();
  }

  /** Sees what was asked of it in the database, a cancel for instance. */
  wake(): void {
    this.#engine?.wake();
  }

  /** Tells what follows from the ends of its runs; resolves to what is to be said of what is left. */
  async tell(signal: AbortSignal): Promise<string[]> {
    try {
      const untold = (await this.#engine?.tell({ limitMs: TELL_MS, signal })) ?? [];
      return [...new Set(untold.map((notice) => notice.jobName))].map((jobName) => {
        const what = `on_failure of ${printable(jobName)} could not be told yet`;
        return `${what}: the next scheduler that runs will tell it`;
      });
    } catch (error) {
      return [`cannot see whether on_failure was told: ${errorMessage(error)}`];
    }
  }

  /** Ends what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.stop({ graceMs: 0, signal: AbortSignal.abort() });
  }

  #report(event: SchedulerEvent): void {
    if (event.type === "problem") this.#options.onProblem(event.message);
  }
}
