import type { DesiredState, SchedulerSettings } from "../model/job.ts";
import type { HeartbeatSettings } from "../model/policy.ts";
import type { ProjectPlace } from "../source/locate.ts";
import type { Store } from "../store/open.ts";
import type { SchedulerEvent } from "../views/event.ts";
import { canonicalJson } from "../model/json.ts";
import { stopBundler } from "../source/bundle.ts";
import { wakeChannel } from "../store/trigger.ts";
import { Beacon } from "./beacon.ts";
import { clockStep } from "./clock.ts";
import { Engine } from "./engine.ts";
import { followFiles } from "./file-follower.ts";
import type { FileFollower } from "./file-follower.ts";
import { saveSettings } from "./last-good.ts";
import { startLoop } from "./loop.ts";
import { problem } from "./problem.ts";
import { openProjectStore, readProject } from "./project.ts";
import type { Project } from "./project.ts";
import { startPruner } from "./pruner.ts";

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
  stop(options: StopOptions): Promise<void>;
}

interface StopOptions {
  graceMs: number;
  signal: AbortSignal;
}

/**
 * Starts a node. Resolves when its files are applied, or found to be broken while the last good
 * schedule goes on.
 *
 * @throws SchedulerError `config_invalid` when the file is broken and none was ever good here;
 * `database_unavailable`, `project_mismatch`, `schema_newer`, `unsupported`.
 */
export async function runScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const emit = whateverItThrows(options.emit);
  // A start that fails half-way ends what it had begun at once.
  let ending: StopOptions = { graceMs: 0, signal: AbortSignal.abort() };
  const project = await readProject(options.place, options.displayName);
  // What is opened is closed in the opposite order, at the end and when the start fails half-way.
  await using opened = new AsyncDisposableStack();
  opened.defer(stopBundler);
  const store = opened.use(await openProjectStore(project, storeOptions(options)));
  const parts = await startParts(opened, {
    options: { ...options, emit },
    project,
    store,
    stopping: () => ending,
  });
  await parts.files.firstLook;
  const resources = opened.move();
  return {
    get nodeId() {
      return parts.engine.node.id;
    },
    reload: () => parts.files.wake(),
    async stop(given) {
      ending = given;
      await resources.disposeAsync();
      emit({ type: "stopped" });
    },
  };
}

interface SchedulerParts {
  engine: Engine;
  files: FileFollower;
}

/**
 * Starts everything that moves. In the end the files and the clock make no more work, the engine
 * ends what there is, and only then go the wakes, which carry cancels.
 */
async function startParts(
  opened: AsyncDisposableStack,
  given: {
    options: SchedulerOptions;
    project: Project;
    store: Store;
    stopping: () => StopOptions;
  },
): Promise<SchedulerParts> {
  const { options, project, store, stopping } = given;
  const { place, displayName, emit } = options;
  const { database } = store;
  // The config as it was read first must not stay in memory with whoever remembers the project.
  const { settings: started, loaded } = project;
  let settings = started;
  let wake = (): void => undefined;
  opened.use(await database.listen(wakeChannel(database.schema), () => wake()));
  opened.use(startPruner({ database, emit, retention: () => settings.retention }));
  const engine = await Engine.start({
    project: { place, settings: started },
    store,
    settings: () => settings,
    role: "all",
    only: null,
    emit,
  });
  const nodeId = (): string => engine.node.id;
  const kind = store.embedded ? "embedded PostgreSQL" : "PostgreSQL";
  emit({ type: "started", nodeId: nodeId(), configFile: displayName, database: kind });
  opened.defer(async () => {
    emit({ type: "draining", running: engine.worker.running, graceMs: stopping().graceMs });
    await engine.stop(stopping());
  });
  // What is due by the old schedule may be what the file has just stopped.
  const looked = Promise.withResolvers<void>();
  const { configFile } = place;
  const heartbeat = (): HeartbeatSettings | null => settings.heartbeat ?? null;
  const beacon = new Beacon({ settings: heartbeat, configFile, nodeId, emit });
  opened.defer(() => beacon.stop());
  const step = beacon.watch(clockStep({ database, worker: engine.worker, nodeId, emit }));
  const clock = startLoop({
    step: () => looked.promise.then(step),
    retryMs: 500,
    onError: problem(emit, "cannot read what is due"),
  });
  opened.defer(() => {
    looked.resolve();
    return clock.stop();
  });
  wake = () => {
    clock.wake();
    engine.wake();
  };
  // For what was told while nobody listened.
  wake();
  function onApplied(desired: DesiredState): void {
    settings = desired.settings;
    warnOfRestart(started, settings, emit);
    void saveSettings(place.stateDir, settings).catch(problem(emit, "cannot keep the settings"));
    clock.wake();
    beacon.wake();
  }
  const { pluginDir } = settings;
  const following = { database, nodeId, configFile, displayName, pluginDir, emit, onApplied };
  const files = opened.use(await followFiles(following, loaded));
  void files.firstLook.then(() => {
    looked.resolve();
    engine.worker.startClaiming();
  });
  return { engine, files };
}

function storeOptions({ databaseUrl }: SchedulerOptions): Parameters<typeof openProjectStore>[1] {
  const options = { applicationName: "cronverge scheduler", migrate: true };
  return databaseUrl === undefined ? options : { ...options, url: databaseUrl };
}

/** An observer that throws must not undo what it is told of: its error is its own program's. */
function whateverItThrows(emit: SchedulerOptions["emit"]): SchedulerOptions["emit"] {
  return (event) => {
    try {
      emit(event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
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
