import { once } from "node:events";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { SchedulerEvent } from "../views/event.ts";
import type { AttemptOutcome } from "../model/execution.ts";
import type { SchedulerSettings } from "../model/job.ts";
import type { Claimed } from "../store/claims.ts";
import type { Store } from "../store/open.ts";
import { errorMessage } from "../model/errors.ts";
import { markStarted } from "../store/claims.ts";
import { finishExecutions } from "../store/finish.ts";
import { Attempts } from "./attempts.ts";
import { startBatch } from "./batch.ts";
import { GrantedDatabases } from "./databases.ts";
import { heartbeatStep } from "./heartbeat.ts";
import { Launchers } from "./launchers.ts";
import { startLogWriter } from "./log-writer.ts";
import { startLoop } from "./loop.ts";
import type { Loop } from "./loop.ts";
import { Node } from "./node.ts";
import { Programs } from "./programs.ts";
import { valueOf } from "./project.ts";
import type { Project } from "./project.ts";
import { SpecCache } from "./specs.ts";
import { sweepOnce, sweeperStep } from "./sweeper.ts";
import { Worker } from "./worker.ts";

/** Time to end and record the runs that were cut; longer than the grace of most jobs. */
const LAST_WORDS_MS = 20_000;

/** How long a finished run may wait for a database that is away; then its lease decides. */
const FINISH_DEADLINE_MS = 24 * 3_600_000;

export interface EngineOptions {
  project: Project;
  store: Store;
  /** The settings in force now; they follow the file. */
  settings: () => SchedulerSettings;
  role: "all" | "once";
  /** Only these executions are claimed. */
  only: string[] | null;
  emit: (event: SchedulerEvent) => void;
  nextRunOf: (jobId: string) => Promise<string | null>;
}

/**
 * What makes a process a node that runs executions: its lease, its launcher, its worker. The
 * scheduler adds a clock and a reconciler to it; `jobs run` uses it alone.
 */
export class Engine {
  readonly node: Node;
  readonly worker: Worker;
  readonly #loops: Loop[];
  readonly #launchers: Launchers;
  readonly #databases: GrantedDatabases;

  private constructor(parts: {
    node: Node;
    worker: Worker;
    loops: Loop[];
    launchers: Launchers;
    databases: GrantedDatabases;
  }) {
    this.node = parts.node;
    this.worker = parts.worker;
    this.#loops = parts.loops;
    this.#launchers = parts.launchers;
    this.#databases = parts.databases;
  }

  /** Registers the node, ends what a former life left behind, and starts to claim. */
  static async start(options: EngineOptions): Promise<Engine> {
    const { store, project, emit } = options;
    const { database } = store;
    const { leaseMs } = project.settings.database;
    const concurrency = project.settings.nodeConcurrency ?? 2 * availableParallelism();
    const { configFile, root, stateDir } = project.place;
    const node = await Node.register({
      database,
      leaseMs,
      concurrency,
      configFile,
      role: options.role,
    });
    const nodeId = (): string => node.id;
    const sweep = { database, embedded: store.embedded, nodeId, leaseMs, emit };
    await sweepOnce(sweep);
    const launchers = new Launchers({ nodeId, emit });
    const databases = new GrantedDatabases((name) => connectionUrl(options, name));
    const programs = new Programs({ database, stateDir });
    const worker = new Worker({
      database,
      nodeId,
      concurrency,
      only: options.only,
      emit,
      run: {
        ...writers(options),
        specs: new SpecCache(database),
        attempts: new Attempts({
          database,
          databases,
          launchers,
          programs,
          nodeId,
          root,
          configFile,
        }),
        nextRunOf: options.nextRunOf,
        emit,
      },
    });
    const loops = [
      startLoop({
        step: heartbeatStep({
          database,
          nodeId,
          leaseMs,
          owns: (id) => worker.owns(id),
          cancel: (id, reason) => worker.cancel(id, reason),
          // With the embedded database nobody abandons a run by time, so no time ends it.
          extendDeadline: (deadlineMs) => {
            if (!store.embedded) void launchers.extendDeadline(deadlineMs).catch(() => undefined);
          },
          onLost: async () => {
            worker.cancelAll("lease_lost");
            await worker.idle();
            await node.rebirth();
          },
        }),
        retryMs: Math.min(1_000, leaseMs / 6),
        onError: problem(emit, "cannot renew the lease"),
      }),
      startLoop({
        step: sweeperStep(sweep),
        retryMs: 1_000,
        onError: problem(emit, "cannot look for dead nodes"),
      }),
    ];
    return new Engine({ node, worker, loops, launchers, databases });
  }

  /** Looks at the database now: for executions to claim, and for cancels. */
  wake(): void {
    this.worker.wake();
    this.#loops[0]?.wake();
  }

  /**
   * Ends in order: claims nothing new, lets runs finish for `graceMs`, ends the others, leaves.
   * `signal` cuts the grace short.
   */
  async stop(options: { graceMs: number; signal: AbortSignal }): Promise<void> {
    await this.worker.stopClaiming();
    await this.node.leave("draining").catch(() => undefined);
    const timer = AbortSignal.any([options.signal, AbortSignal.timeout(options.graceMs)]);
    const cut = (): void => this.worker.cancelAll("shutdown");
    if (timer.aborted) cut();
    else timer.addEventListener("abort", cut, { once: true });
    await Promise.race([this.worker.idle(), settled(timer)]);
    timer.removeEventListener("abort", cut);
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    await this.#launchers[Symbol.asyncDispose]();
    await this.#databases[Symbol.asyncDispose]();
    await this.node.leave("stopped").catch(() => undefined);
  }
}

/**
 * Resolves a while after the runs were told to end: a database that is away would otherwise keep the
 * process. What could not be recorded is found by the next start and says so.
 */
async function settled(cut: AbortSignal): Promise<void> {
  if (!cut.aborted) await once(cut, "abort");
  await sleep(LAST_WORDS_MS, undefined, { ref: false });
}

/** What a run writes, gathered from all runs into few statements. */
function writers({
  store,
  emit,
}: EngineOptions): Pick<
  ConstructorParameters<typeof Worker>[0]["run"],
  "logs" | "starts" | "finishes"
> {
  const { database } = store;
  return {
    logs: startLogWriter({
      database,
      onLost: (count, error) => {
        const message = `${count} log line(s) were not written: ${errorMessage(error)}`;
        emit({ type: "problem", message, help: null });
      },
    }),
    starts: startBatch<Claimed, { startedAt: Date; attempt: number } | null>({
      max: 500,
      async write(claims) {
        const started = await markStarted(database, claims);
        return claims.map((claimed) => started.get(claimed.id) ?? null);
      },
    }),
    finishes: startBatch<{ claimed: Claimed; outcome: AttemptOutcome }, boolean>({
      max: 500,
      async write(items) {
        const ended = await finishExecutions(
          database,
          items.map(({ claimed, outcome }) => ({ id: claimed.id, fence: claimed.fence, outcome })),
          { deadlineMs: FINISH_DEADLINE_MS },
        );
        return items.map(({ claimed }) => ended.has(claimed.id));
      },
    }),
  };
}

async function connectionUrl(options: EngineOptions, name: string): Promise<string> {
  const source = options.settings().database.connections[name] ?? null;
  const key = `database.connections.${name}`;
  const url = await valueOf(source, options.project.place.configFile, key);
  if (url === null) throw new Error(`there is no ${key}`);
  return url;
}

/** Reports a step that failed, once per distinct message in a row. */
export function problem(
  emit: (event: SchedulerEvent) => void,
  what: string,
): (error: unknown) => void {
  let last = "";
  return (error) => {
    const message = `${what}: ${errorMessage(error)}`;
    if (message !== last) emit({ type: "problem", message, help: null });
    last = message;
  };
}
