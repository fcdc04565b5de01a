import type { SchedulerEvent } from "../views/event.ts";
import type { DesiredState, SchedulerSettings } from "../model/job.ts";
import type { ProjectPlace } from "../source/locate.ts";
import { canonicalJson } from "../model/json.ts";
import { stopBundler } from "../source/bundle.ts";
import { watchFiles } from "../source/watch.ts";
import { nextRunOfJob } from "../store/jobs.ts";
import { wakeChannel } from "../store/trigger.ts";
import { clockStep } from "./clock.ts";
import { Engine, problem } from "./engine.ts";
import { saveSettings } from "./last-good.ts";
import { startLoop } from "./loop.ts";
import { openProjectStore, readProject } from "./project.ts";
import { prunerStep } from "./pruner.ts";
import { Reconciler } from "./reconciler.ts";

export interface SchedulerOptions {
  place: ProjectPlace;
  /** The config file as messages name it. */
  displayName: string;
  /** Overrides `database.url` of the config. */
  databaseUrl?: string;
  emit: (event: SchedulerEvent) => void;
}

/** A running scheduler: one node that reconciles, keeps the clock and runs jobs. */
export interface Scheduler {
  readonly nodeId: string;
  /** Reads the files again now. */
  reload(): void;
  /** Lets running jobs finish for `graceMs`, ends the others, and leaves. `signal` ends them at once. */
  stop(options: { graceMs: number; signal: AbortSignal }): Promise<void>;
}

/**
 * Starts a node. Resolves when its files are applied, or found to be broken while the last good
 * schedule goes on.
 *
 * @throws SchedulerError `config_invalid` when the file is broken and none was ever good here;
 * `database_unavailable`, `project_mismatch`, `schema_newer`, `unsupported`.
 */
export async function runScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const { place, emit } = options;
  const project = await readProject(place, options.displayName);
  let settings: SchedulerSettings = project.settings;
  const store = await openProjectStore(project, {
    applicationName: "cronverge scheduler",
    migrate: true,
    ...(options.databaseUrl === undefined ? {} : { url: options.databaseUrl }),
  });
  const { database } = store;
  const engine = await Engine.start({
    project,
    store,
    settings: () => settings,
    role: "all",
    only: null,
    emit,
    nextRunOf: (jobId) => nextRunOfJob(database, jobId),
  });
  const nodeId = (): string => engine.node.id;
  emit({
    type: "started",
    nodeId: nodeId(),
    configFile: options.displayName,
    database: store.embedded ? "embedded PostgreSQL" : "PostgreSQL",
  });

  const watcher = await watchFiles({
    files: [place.configFile],
    directories: [settings.pluginDir],
    onChange: () => reconcile.wake(),
  });
  const clock = startLoop({
    step: clockStep({ database, worker: engine.worker, nodeId, emit }),
    retryMs: 500,
    onError: problem(emit, "cannot read what is due"),
  });
  const firstLook = Promise.withResolvers<void>();
  const reconciler = new Reconciler({
    database,
    nodeId,
    configFile: place.configFile,
    displayName: options.displayName,
    takeSave: () => watcher.takeChangeMs(),
    emit,
    onApplied(desired: DesiredState) {
      settings = desired.settings;
      warnOfRestart(project.settings, settings, emit);
      watcher.setDirectories([settings.pluginDir]);
      void saveSettings(place.stateDir, settings).catch(problem(emit, "cannot keep the settings"));
      clock.wake();
    },
  });
  const reconcile = startLoop({
    step: () => reconciler.step().finally(firstLook.resolve),
    retryMs: 1_000,
    onError: problem(emit, "cannot apply the config"),
  });
  const pruning = new AbortController();
  const pruner = startLoop({
    step: prunerStep({
      database,
      retention: () => settings.retention,
      signal: pruning.signal,
    }),
    retryMs: 60_000,
    onError: problem(emit, "cannot prune history"),
  });
  const subscription = await database.listen(wakeChannel(database.schema), () => {
    clock.wake();
    engine.wake();
  });
  await firstLook.promise;

  return {
    get nodeId() {
      return engine.node.id;
    },
    reload: () => reconcile.wake(),
    async stop(stopping) {
      await watcher[Symbol.asyncDispose]();
      await reconcile.stop();
      await clock.stop();
      emit({ type: "draining", running: engine.worker.running, graceMs: stopping.graceMs });
      await engine.stop(stopping);
      pruning.abort();
      await pruner.stop();
      await subscription[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await stopBundler();
      emit({ type: "stopped" });
    },
  };
}

/** Some settings decide what a process is built on; a change of theirs waits for the next start. */
function warnOfRestart(
  started: SchedulerSettings,
  now: SchedulerSettings,
  emit: SchedulerOptions["emit"],
): void {
  const identity = ({ url, schema, leaseMs }: SchedulerSettings["database"]): string =>
    canonicalJson({ url, schema, leaseMs });
  const changed = [
    ...(identity(started.database) === identity(now.database) ? [] : ["database"]),
    ...(started.project === now.project ? [] : ["project"]),
    ...(started.nodeConcurrency === now.nodeConcurrency ? [] : ["node.concurrency"]),
  ];
  if (changed.length === 0) return;
  const message = `${changed.join(", ")} changed in the config; this process still uses the old value`;
  emit({ type: "problem", message, help: "restart the scheduler" });
}
