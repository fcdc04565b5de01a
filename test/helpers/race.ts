import { setTimeout as sleep } from "node:timers/promises";
import type { BuiltinContext, BuiltinJob } from "../../src/builtin/contract.ts";
import { clockStep } from "../../src/daemon/clock.ts";
import { Engine } from "../../src/daemon/engine.ts";
import { startLoop } from "../../src/daemon/loop.ts";
import type { Loop } from "../../src/daemon/loop.ts";
import { readProject } from "../../src/daemon/project.ts";
import type { Database } from "../../src/store/connection.ts";
import { wakeChannel } from "../../src/store/trigger.ts";
import type { Cleanup } from "./database.ts";
import { EventLog, testProject } from "./project.ts";

/** What runs in this process, told by the jobs themselves, whatever the database says. */
export class Witness {
  readonly #running = new Map<string, number>();
  /** The most that ever ran at a time, by the word that a job was given. */
  readonly most: Map<string, number> = new Map();
  runs = 0;

  enter(word: string): void {
    const running = (this.#running.get(word) ?? 0) + 1;
    this.#running.set(word, running);
    this.most.set(word, Math.max(this.most.get(word) ?? 0, running));
    this.runs += 1;
  }

  leave(word: string): void {
    this.#running.set(word, (this.#running.get(word) ?? 0) - 1);
  }
}

/**
 * Built-in jobs that sleep for up to `parameters.ms`, fail in `parameters.fails` of all runs, and are
 * counted under the words of `parameters.counts`.
 */
export function sleepers(witness: Witness): Record<"cleanup-sessions" | "log-cleanup", BuiltinJob> {
  const run = async ({ parameters, signal }: BuiltinContext) => {
    const { ms, fails, counts } = parameters;
    const words = (typeof counts === "string" ? counts : "").split(" ");
    for (const word of words) witness.enter(word);
    try {
      await sleep(Math.random() * Number(ms), undefined, { signal }).catch(() => undefined);
      if (Math.random() < Number(fails)) throw new Error("failed, as it was to");
      return { message: "slept", itemsFound: 0, itemsProcessed: 0, itemsFailed: 0 };
    } finally {
      for (const word of words) witness.leave(word);
    }
  };
  const job: BuiltinJob = { run };
  return { "cleanup-sessions": job, "log-cleanup": job };
}

/** A node with a clock and a worker, in this process. */
export interface Racer {
  engine: Engine;
  events: EventLog;
  /** Nothing more is recorded by its clock until it is started again; the worker goes on. */
  stopClock: () => Promise<void>;
  startClock: () => void;
}

/** Starts a node on a connection pool of its own; it ends with the test. */
export async function startRacer(
  t: Cleanup,
  options: {
    database: Database;
    concurrency: number;
    builtins: ReturnType<typeof sleepers>;
  },
): Promise<Racer> {
  const { database, concurrency, builtins } = options;
  const place = await testProject(t, "jobs: {}\n");
  const read = await readProject(place, "config.yaml");
  const settings = { ...read.settings, nodeConcurrency: concurrency };
  const events = new EventLog();
  const emit = events.add.bind(events);
  const engine = await Engine.start({
    project: { ...read, settings },
    store: { database, embedded: false, [Symbol.asyncDispose]: async () => undefined },
    settings: () => settings,
    role: "all",
    only: null,
    emit,
    builtins,
  });
  const step = clockStep({ database, worker: engine.worker, nodeId: () => engine.node.id, emit });
  const onError = (error: unknown): void =>
    emit({ type: "problem", message: `the clock: ${String(error)}`, help: null });
  const startClock = (): Loop => startLoop({ step, retryMs: 100, onError });
  let clock = startClock();
  const listening = await database.listen(wakeChannel(database.schema), () => {
    clock.wake();
    engine.wake();
  });
  engine.worker.startClaiming();
  t.after(async () => {
    await clock.stop();
    await engine.stop({ graceMs: 0, signal: AbortSignal.abort() });
    await listening[Symbol.asyncDispose]();
  });
  return {
    engine,
    events,
    stopClock: () => clock.stop(),
    startClock: () => {
      clock = startClock();
    },
  };
}
