import { once } from "node:events";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { BuiltinJob } from "../builtin/contract.ts";
import type { BuiltinName } from "../model/builtins.ts";
import type { SchedulerEvent } from "../views/event.ts";
import type { SchedulerSettings } from "../model/job.ts";
import type { NodeRole } from "../model/node-role.ts";
import { keepsClock } from "../model/node-role.ts";
import { ownSchemaVersion } from "../store/migrate.ts";
import type { Store } from "../store/open.ts";
import type { UntoldNotice } from "../store/outbox.ts";
import { BUILTIN_JOBS } from "../builtin/index.ts";
import { setLongTimeout } from "../execute/long-timeout.ts";
import { tellAbandoned } from "./abandoned.ts";
import { Alarms } from "./alarms.ts";
import { Attempts } from "./attempts.ts";
import { cancelsStep } from "./cancels.ts";
import { connectionUrl, GrantedDatabases } from "./databases.ts";
import { heartbeatStep, LOST_REASON } from "./heartbeat.ts";
import { Launchers } from "./launchers.ts";
import { limitsStep } from "./limits.ts";
import type { LimitsOptions } from "./limits.ts";
import { startLoop } from "./loop.ts";
import type { Loop } from "./loop.ts";
import { Node } from "./node.ts";
import { Notifier } from "./notifier.ts";
import { restWhenOutdated } from "./outdated.ts";
import { problem } from "./problem.ts";
import { Programs } from "./programs.ts";
import type { Project } from "./project.ts";
import { startRunWriters } from "./run-writers.ts";
import { SpecCache } from "./specs.ts";
import { sweepOnce, sweeperStep } from "./sweeper.ts";
import { Worker } from "./worker.ts";

/** Time to end and record the runs that were cut; longer than the grace of most jobs. */
export const LAST_WORDS_MS: number = 20_000;

/** Time to record the runs whose launcher was ended with them. */
export const RECORD_MS: number = 5_000;

export interface EngineOptions {
  project: Pick<Project, "place" | "settings">;
  store: Store;
  /** The settings in force now; they follow the file. */
  settings: () => SchedulerSettings;
  role: NodeRole;
  /** Only these executions are claimed. */
  only: string[] | null;
  emit: (event: SchedulerEvent) => void;
  /** The code of built-in jobs; what is absent is that of this program. */
  builtins?: Readonly<Partial<Record<BuiltinName, BuiltinJob>>>;
}

/** What an engine is made of, in the order in which it is made. */
interface EngineParts {
  node: Node;
  launchers: Launchers;
  databases: GrantedDatabases;
  worker: Worker;
  alarms: Alarms;
  notifier: Notifier;
  heartbeat: Loop;
  cancels: Loop;
  sweeper: Loop;
  limits: Loop | null;
}

/**
 * What makes a process a node that runs executions: its lease, its launcher, its worker. The
 * scheduler adds a clock and a reconciler to it; `jobs run` uses it alone.
 */
export class Engine {
  readonly #parts: EngineParts;

  private constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /**
   * Registers the node and ends what a former life left behind. It claims nothing before it is told
   * to by `startClaiming` of its worker: what is registered may be older than the file.
   */
  static async start(options: EngineOptions): Promise<Engine> {
    const { store, project, emit } = options;
    const { database, embedded } = store;
    const { leaseMs } = project.settings.database;
    const { role } = options;
    const wanted = project.settings.nodeConcurrency ?? 2 * availableParallelism();
    const concurrency = role === "clock" ? 0 : wanted;
    const { configFile } = project.place;
    const node = await Node.register({ database, leaseMs, concurrency, configFile, role });
    const ownVersion = await ownSchemaVersion();
    const sweep = { database, embedded, node, leaseMs, emit, looked: new Set<string>() };
    try {
      await sweepOnce(sweep);
    } catch (error) {
      await node.stop().catch(() => undefined);
      throw error;
    }
    const launchers = new Launchers({
      nodeId: () => node.id,
      // With the embedded database nobody abandons a run by time, so no time ends it.
      runsUntilMs: () => (embedded ? null : node.runsUntilMs),
      emit,
    });
    const databases = new GrantedDatabases((name) =>
      connectionUrl(name, { settings: options.settings(), configFile }),
    );
    const alarms = new Alarms();
    const nodeId = (): string => node.id;
    const writers: RunWriters = startRunWriters({
      database,
      emit,
      onRetry: (afterMs) => alarms.after(afterMs, () => worker.wake()),
      onTold: () => notifier.wake(),
    });
    const { logs } = writers;
    const worker = startWorker(options, { node, concurrency, launchers, databases, writers });
    // A process that runs what it was asked for and ends leaves the rest to those that stay.
    const { only } = options;
    const notifier = new Notifier({
      database,
      launchers,
      nodeId,
      only,
      logs,
      emit,
      ...project.place,
    });
    const heartbeat = startHeartbeat(options, { node, worker, launchers, ownVersion });
    const cancels = startLoop({
      step: cancelsStep({ database, nodeId, worker }),
      retryMs: 500,
      onError: problem(emit, "cannot look for cancels"),
    });
    const sweeper = startLoop({
      step: sweeperStep(sweep),
      retryMs: 1_000,
      onError: problem(emit, "cannot look for dead nodes"),
    });
    const limits = keepsClock(role) ? startLimits({ database, logs, emit }) : null;
    const watchers = { heartbeat, cancels, sweeper, limits };
    return new Engine({ node, launchers, databases, worker, alarms, notifier, ...watchers });
  }

  get node(): Node {
    return this.#parts.node;
  }

  get worker(): Worker {
    return this.#parts.worker;
  }

  /** Looks at the database now: for executions to claim, and for cancels. */
  wake(): void {
    this.#parts.worker.wake();
    this.#parts.cancels.wake();
    this.#parts.notifier.wake();
  }

  /**
   * Tells what follows from the ends of the executions that it was started for, for at most so long;
   * returns what is left for other nodes. Once they have ended, before `stop`.
   */
  tell(options: { limitMs: number; signal: AbortSignal }): Promise<UntoldNotice[]> {
    return this.#parts.notifier.finish(options);
  }

  /**
   * Ends in order: claims nothing new, lets runs finish for `graceMs`, ends the others, leaves.
   * `signal` cuts the grace short. The lease is kept until the last run is recorded.
   */
  async stop(options: { graceMs: number; signal: AbortSignal }): Promise<void> {
    const { node, launchers, databases, worker, alarms, notifier } = this.#parts;
    const { heartbeat, cancels, sweeper, limits } = this.#parts;
    await worker.stopClaiming();
    alarms[Symbol.dispose]();
    // Not waited for: the grace of the runs begins now, even if the database is away.
    const drained = node.drain().catch(() => undefined);
    await endRuns(worker, options);
    await within(LAST_WORDS_MS, Promise.all([notifier.stop(), limits?.stop()]));
    await launchers[Symbol.asyncDispose]();
    await within(RECORD_MS, worker.idle());
    await Promise.all([heartbeat.stop(), cancels.stop(), sweeper.stop()]);
    await databases[Symbol.asyncDispose]();
    await drained;
    // What could not be recorded is found by the next sweep of any node.
    await node.stop().catch(() => undefined);
  }
}

function startHeartbeat(
  { store, project, emit }: EngineOptions,
  parts: { node: Node; worker: Worker; launchers: Launchers; ownVersion: number },
): Loop {
  const { database } = store;
  const { leaseMs } = project.settings.database;
  const { node, worker, launchers, ownVersion } = parts;
  return startLoop({
    step: heartbeatStep({
      database,
      node,
      leaseMs,
      worker,
      onAbandoned: (abandoned) => {
        const told = tellAbandoned(abandoned, { database, emit, reason: LOST_REASON });
        told.catch(problem(emit, "cannot log what was abandoned"));
      },
      onSchema: restWhenOutdated({ ownVersion, node, worker, emit }),
      onRenewed: () => void launchers.extendDeadline().catch(() => undefined),
    }),
    retryMs: Math.min(1_000, leaseMs / 6),
    onError: problem(emit, "cannot renew the lease"),
  });
}

function startLimits(options: LimitsOptions): Loop {
  return startLoop({
    step: limitsStep(options),
    retryMs: 1_000,
    onError: problem(options.emit, "cannot look for what is late"),
  });
}

type RunWriters = ReturnType<typeof startRunWriters>;

interface WorkerParts {
  node: Node;
  concurrency: number;
  launchers: Launchers;
  databases: GrantedDatabases;
  writers: RunWriters;
}

function startWorker(options: EngineOptions, parts: WorkerParts): Worker {
  const { emit } = options;
  const { database } = options.store;
  const { configFile, root, stateDir } = options.project.place;
  const { node, concurrency, launchers, databases, writers } = parts;
  const nodeId = (): string => node.id;
  const programs = new Programs({ database, stateDir });
  return new Worker({
    database,
    nodeId,
    // With the embedded database nobody abandons a run by time.
    mayStart: () => options.store.embedded || node.mayStart,
    concurrency,
    only: options.only,
    emit,
    run: {
      ...writers,
      specs: new SpecCache(database),
      attempts: new Attempts({
        builtins: { ...BUILTIN_JOBS, ...options.builtins },
        database,
        databases,
        launchers,
        programs,
        nodeId,
        root,
        configFile,
      }),
      emit,
    },
  });
}

/** Resolves when all runs have ended, or a while after they were told to: the rest are cut off. */
async function endRuns(
  worker: Worker,
  { graceMs, signal }: { graceMs: number; signal: AbortSignal },
): Promise<void> {
  const graceOver = new AbortController();
  const timer = setLongTimeout(graceMs, () => graceOver.abort());
  const cut = AbortSignal.any([signal, graceOver.signal]);
  const cancel = (): void => worker.cancelAll("shutdown");
  if (cut.aborted) cancel();
  else cut.addEventListener("abort", cancel, { once: true });
  await Promise.race([worker.idle(), lastWords(cut)]);
  cut.removeEventListener("abort", cancel);
  timer.clear();
}

async function lastWords(cut: AbortSignal): Promise<void> {
  if (!cut.aborted) await once(cut, "abort");
  await sleep(LAST_WORDS_MS, undefined, { ref: false });
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, sleep(limitMs, undefined, { ref: false })]);
}
