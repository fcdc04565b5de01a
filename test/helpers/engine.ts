import { Engine } from "../../src/daemon/engine.ts";
import { readProject } from "../../src/daemon/project.ts";
import type { SchedulerSettings } from "../../src/model/job.ts";
import type { Database } from "../../src/store/connection.ts";
import type { Cleanup } from "./database.ts";
import type { TestProject } from "./project.ts";
import { EventLog, testProject } from "./project.ts";

export interface TestEngine {
  engine: Engine;
  events: EventLog;
  project: TestProject;
  stop: (graceMs: number) => Promise<void>;
}

/** An engine in this process, without a clock; stopped at once when the test ends. */
export async function startEngine(
  t: Cleanup,
  database: Database,
  given: Partial<SchedulerSettings> = {},
): Promise<TestEngine> {
  const made = await makeEngine(t, database, given);
  made.engine.worker.startClaiming();
  return made;
}

/** The same, which claims nothing by itself, and with `only` nothing but these executions. */
export async function makeEngine(
  t: Cleanup,
  database: Database,
  { only = null, ...given }: Partial<SchedulerSettings> & { only?: string[] | null } = {},
): Promise<TestEngine> {
  const project = await testProject(t, "jobs: {}\n");
  const read = await readProject(project, "config.yaml");
  const settings = { ...read.settings, ...given };
  const events = new EventLog();
  const engine = await Engine.start({
    project: { ...read, settings },
    store: { database, embedded: false, [Symbol.asyncDispose]: async () => undefined },
    settings: () => settings,
    role: only === null ? "all" : "once",
    only,
    emit: (event) => events.add(event),
  });
  let stopped: Promise<void> | null = null;
  const stop = (graceMs: number): Promise<void> =>
    (stopped ??= engine.stop({ graceMs, signal: new AbortController().signal }));
  t.after(() => stop(0));
  return { engine, events, project, stop };
}
