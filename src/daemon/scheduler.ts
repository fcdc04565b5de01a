import { existsSync } from "node:fs";
import type { DesiredState } from "../model/job.ts";
import type { NodeRole } from "../model/node-role.ts";
import type { HeartbeatSettings } from "../model/policy.ts";
import type { LoadedConfig } from "../source/load.ts";
import type { ProjectPlace } from "../source/locate.ts";
import type { Database } from "../store/connection.ts";
import type { Store } from "../store/open.ts";
import type { SchedulerEvent } from "../views/event.ts";
import { runsJobs } from "../model/node-role.ts";
import { stopBundler } from "../source/bundle.ts";
import { followZoneData } from "../store/zone-data.ts";
import { wakeChannel } from "../store/trigger.ts";
import { Beacon } from "./beacon.ts";
import { clockStep } from "./clock.ts";
import { Engine } from "./engine.ts";
import { followFiles } from "./file-follower.ts";
import { saveSettings } from "./last-good.ts";
import { startLoop } from "./loop.ts";
import { problem } from "./problem.ts";
import { openProjectStore, projectWithoutConfig, readProject } from "./project.ts";
import type { Project } from "./project.ts";
import { startPruner } from "./pruner.ts";
import { followSettings, readSettings } from "./settings-follower.ts";
import { SettingsInForce } from "./settings-in-force.ts";
import { nodesByEvidence } from "./sweeper.ts";
import { Wakes } from "./wakes.ts";

export interface SchedulerOptions {
  place: ProjectPlace;
  /** The config file as messages name it. */
  displayName: string;
  /** What this node does; absent: all of it. A `worker` needs no config. */
  role?: Exclude<NodeRole, "once">;
  /** Absent: at its start it leaves a newer revision that other nodes hold. */
  applyAlways?: boolean;
  /** Of the database of a node without a config; absent: the usual one. */
  schema?: string;
  /** Overrides `database.url` of the config. */
  databaseUrl?: string;
  emit: (event: SchedulerEvent) => void;
}

/** A running scheduler: one node that, by its role, reconciles and keeps the clock, runs jobs, or both. */
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
 * `config_not_found`, `database_unavailable`, `project_mismatch`, `schema_newer`, `unsupported`.
 */
export async function runScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const emit = whateverItThrows(options.emit);
  // A start that fails half-way ends what it had begun at once.
  let ending: StopOptions = { graceMs: 0, signal: AbortSignal.abort() };
  const project = await findProject(options);
  // What is opened is closed in the opposite order, at the end and when the start fails half-way.
  await using opened = new AsyncDisposableStack();
  opened.defer(stopBundler);
  const store = opened.use(await openProjectStore(project, storeOptions(options)));
  const { engine, follower } = await startParts(opened, {
    options: { ...options, emit },
    project,
    store,
    stopping: () => ending,
  });
  await follower.firstLook;
  const resources = opened.move();
  return {
    get nodeId() {
      return engine.node.id;
    },
    reload: () => follower.wake(),
    async stop(given) {
      ending = given;
      await resources.disposeAsync();
      emit({ type: "stopped" });
    },
  };
}

/** `loaded` is absent where this node does not read the files. */
type NodeProject = Pick<Project, "place" | "settings"> & Partial<Pick<Project, "loaded">>;

async function findProject(options: SchedulerOptions): Promise<NodeProject> {
  const { place, displayName, role, schema } = options;
  if (role !== "worker") return readProject(place, displayName);
  if (!existsSync(place.configFile)) {
    return projectWithoutConfig(place, schema === undefined ? {} : { schema });
  }
  const { settings } = await readProject(place, displayName);
  return { place, settings };
}

interface PartsGiven {
  options: SchedulerOptions;
  project: NodeProject;
  store: Store;
  stopping: () => StopOptions;
}

/** What tells the node of changes of its settings: of the files, or of what others applied. */
interface Follower {
  /** Looks again now. */
  wake(): void;
  readonly firstLook: Promise<void>;
}

/**
 * Starts everything that moves. In the end the files and the clock make no more work, the engine
 * ends what there is, and only then go the wakes, which carry cancels.
 */
async function startParts(
  opened: AsyncDisposableStack,
  given: PartsGiven,
): Promise<{ engine: Engine; follower: Follower }> {
  const { options, project, store } = given;
  const { database } = store;
  const { emit, role = "all" } = options;
  const wakes = new Wakes();
  opened.use(await database.listen(wakeChannel(database.schema), () => wakes.wake()));
  const settings = new SettingsInForce(
    role === "worker" ? await readSettings(database, project.settings) : project.settings,
    emit,
  );
  const engine = await startEngine(opened, { given, settings });
  wakes.add(() => engine.wake());
  const moving = { given, settings, engine, wakes };
  const follower =
    project.loaded === undefined
      ? startWorking(opened, moving)
      : await startScheduling(opened, { ...moving, loaded: project.loaded });
  void follower.firstLook.then(() => {
    if (runsJobs(role)) engine.worker.startClaiming();
  });
  return { engine, follower };
}

async function startEngine(
  opened: AsyncDisposableStack,
  { given, settings }: { given: PartsGiven; settings: SettingsInForce },
): Promise<Engine> {
  const { options, project, store, stopping } = given;
  const { emit, displayName, role = "all" } = options;
  // Before this node is one of them. They are only told of: no start fails for that.
  const others = await otherNodes(store).catch(() => []);
  const engine = await Engine.start({
    project: { place: project.place, settings: settings.now },
    store,
    settings: () => settings.now,
    role,
    only: null,
    emit,
  });
  const kind = store.embedded ? "embedded PostgreSQL" : "PostgreSQL";
  const configFile = role === "worker" ? null : displayName;
  emit({ type: "started", nodeId: engine.node.id, role, configFile, database: kind, others });
  opened.defer(async () => {
    emit({ type: "draining", running: engine.worker.running, graceMs: stopping().graceMs });
    await engine.stop(stopping());
  });
  return engine;
}

/** The schedulers that the database has: a process that runs what it was asked for is none. */
async function otherNodes({
  database,
  embedded,
}: Store): Promise<Extract<SchedulerEvent, { type: "started" }>["others"]> {
  const nodes = await nodesByEvidence(database, embedded);
  return nodes
    .filter(({ state, role, expired }) => state === "live" && role !== "once" && !expired)
    .map(({ host, pid, role }) => ({ host, pid, role }));
}

interface Moving {
  given: PartsGiven;
  settings: SettingsInForce;
  engine: Engine;
  wakes: Wakes;
}

/** A worker follows the revision in force. */
function startWorking(opened: AsyncDisposableStack, moving: Moving): Follower {
  const { given, settings, wakes } = moving;
  const { database } = given.store;
  const loop = startLoop({
    step: followSettings({
      database,
      defaults: given.project.settings,
      onChanged: (found) => settings.change(found),
    }),
    retryMs: 1_000,
    onError: problem(given.options.emit, "cannot read the settings in force"),
  });
  opened.defer(() => loop.stop());
  wakes.add(() => loop.wake());
  return { wake: () => loop.wake(), firstLook: Promise.resolve() };
}

/** All others follow the files, and keep the clock. */
async function startScheduling(
  opened: AsyncDisposableStack,
  moving: Moving & { loaded: LoadedConfig },
): Promise<Follower> {
  const { given, settings, engine, wakes, loaded } = moving;
  const { place, displayName, applyAlways = false, emit } = given.options;
  const { database } = given.store;
  const { configFile } = place;
  const nodeId = (): string => engine.node.id;
  opened.use(startPruner({ database, emit, retention: () => settings.now.retention }));
  const heartbeat = (): HeartbeatSettings | null => settings.now.heartbeat ?? null;
  const beacon = new Beacon({ settings: heartbeat, configFile, nodeId, emit });
  opened.defer(() => beacon.stop());
  // What is due by the old schedule may be what the file has just stopped.
  const looked = Promise.withResolvers<boolean>();
  const step = beacon.watch(clockStep({ database, worker: engine.worker, nodeId, emit }));
  const clock = startLoop({
    step: async () => ((await looked.promise) ? step() : Infinity),
    retryMs: 500,
    onError: problem(emit, "cannot read what is due"),
  });
  opened.defer(() => {
    looked.resolve(false);
    return clock.stop();
  });
  wakes.add(() => clock.wake());
  // For what was told while nobody listened.
  wakes.wake();
  function onApplied(desired: DesiredState): void {
    settings.change(desired.settings);
    void saveSettings(place.stateDir, desired.settings).catch(
      problem(emit, "cannot keep the settings"),
    );
    clock.wake();
    beacon.wake();
  }
  const { pluginDir } = settings.now;
  const file = { configFile, displayName, pluginDir, applyAlways };
  const files = opened.use(
    await followFiles({ ...file, database, nodeId, emit, onApplied }, loaded),
  );
  void files.firstLook.then(() => tellMoved(database, emit)).then(() => looked.resolve(true));
  return files;
}

/** Another Node may have brought other rules of time zones; the clock waits until they are followed. */
async function tellMoved(database: Database, emit: SchedulerOptions["emit"]): Promise<void> {
  const version = process.versions["tz"];
  if (version === undefined) return;
  try {
    const moved = await followZoneData(database, version);
    if (moved.length > 0) emit({ type: "zone_data", version, moved });
  } catch (error) {
    problem(emit, "cannot follow the rules of time zones")(error);
  }
}

function storeOptions({ databaseUrl }: SchedulerOptions): Parameters<typeof openProjectStore>[1] {
  const options = { applicationName: "cronverge scheduler", migrate: "any" } as const;
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
