import type { Engine } from "../daemon/engine.ts";
import type { SchedulerEvent } from "../views/event.ts";
import type { Session } from "./session.ts";

export interface OwnEngineOptions {
  /** The executions that it may run. */
  only: string[];
  /** When it may start, by `performance.now()`: a node that is alive goes first. */
  fromMs: number;
  onProblem: (message: string) => void;
}

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

  /** Ends what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.stop({ graceMs: 0, signal: AbortSignal.abort() });
  }

  #report(event: SchedulerEvent): void {
    if (event.type === "problem") this.#options.onProblem(event.message);
  }
}
