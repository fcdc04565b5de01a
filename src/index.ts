// The public door for programs that embed a scheduler, and the types of job code.
import type { Scheduler } from "./daemon/scheduler.ts";
import type { SchedulerEvent } from "./views/event.ts";

export { SchedulerError } from "./model/errors.ts";
export type { ErrorCode } from "./model/errors.ts";
export { JobResult, defineJob } from "./sandbox/author.ts";
export type {
  Database,
  JobContext,
  JobDefinition,
  JobLogger,
  Sql,
  SqlValue,
} from "./sandbox/author.ts";
export type { Scheduler } from "./daemon/scheduler.ts";
export type { SchedulerEvent } from "./views/event.ts";

export interface StartSchedulerOptions {
  /** Path of the config file; found as the command line finds it if absent. */
  config?: string;
  /** `postgres://…`; goes before the file's and the environment's. */
  database?: string;
  /** Where state is kept; `.cronverge` of the project if absent. */
  stateDir?: string;
  onEvent?: (event: SchedulerEvent) => void;
  /** Time in ms that running jobs get when the scheduler is disposed; 30 s if absent. */
  graceMs?: number;
}

const GRACE_MS = 30_000;

/**
 * Runs a scheduler in this process: `await using scheduler = await startScheduler({ config })`.
 *
 * @throws SchedulerError
 */
export async function startScheduler(
  options: StartSchedulerOptions = {},
): Promise<Scheduler & AsyncDisposable> {
  // Job code imports this file for its types; it must not load a scheduler.
  const { locateProject } = await import("./source/locate.ts");
  const { runScheduler } = await import("./daemon/scheduler.ts");
  const { config, database, stateDir, onEvent, graceMs = GRACE_MS } = options;
  const place = locateProject({
    ...(config === undefined ? {} : { config }),
    ...(stateDir === undefined ? {} : { stateDir }),
    cwd: process.cwd(),
    env: process.env,
  });
  const scheduler = await runScheduler({
    place,
    displayName: config ?? place.configFile,
    ...(database === undefined ? {} : { databaseUrl: database }),
    emit: (event) => onEvent?.(event),
  });
  let stopped: Promise<void> | null = null;
  const stop: Scheduler["stop"] = (stopping) => (stopped ??= scheduler.stop(stopping));
  return {
    get nodeId() {
      return scheduler.nodeId;
    },
    reload: () => scheduler.reload(),
    stop,
    [Symbol.asyncDispose]: () => stop({ graceMs, signal: new AbortController().signal }),
  };
}
