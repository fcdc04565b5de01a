import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { applyRequest, buildConfig } from "../../src/daemon/reconciler.ts";
import { runScheduler } from "../../src/daemon/scheduler.ts";
import type { Scheduler } from "../../src/daemon/scheduler.ts";
import type { SchedulerEvent } from "../../src/views/event.ts";
import { stopBundler } from "../../src/source/bundle.ts";
import type { ProjectPlace } from "../../src/source/locate.ts";
import { applyDesired } from "../../src/store/apply.ts";
import type { Applied } from "../../src/store/apply.ts";
import type { Database } from "../../src/store/connection.ts";
import type { Cleanup } from "./database.ts";

/** A project folder of a test's own. */
export interface TestProject extends ProjectPlace {
  /** Writes a file below `services/scheduler`; `config.yaml` and `plugins/…` are what matters. */
  write: (name: string, text: string) => Promise<void>;
}

/** Makes a project with this config, and removes it when the test ends. */
export async function testProject(t: Cleanup, config: string): Promise<TestProject> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "cronverge-project-")));
  t.after(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, "services", "scheduler");
  const write = async (name: string, text: string): Promise<void> => {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  await mkdir(join(folder, "plugins"), { recursive: true });
  await write("config.yaml", config);
  return {
    root,
    configFile: join(folder, "config.yaml"),
    stateDir: join(root, ".cronverge"),
    write,
  };
}

/** Applies the project's config as it is now, as `apply` does. */
export async function applyProject(database: Database, project: TestProject): Promise<Applied> {
  const built = await buildConfig({ configFile: project.configFile, displayName: "config.yaml" });
  await stopBundler();
  const { desired, diagnostics } = built;
  if (desired === null) throw new Error(JSON.stringify(diagnostics));
  const options = { nodeId: null, allowPrune: false, cancelRunning: false };
  return applyDesired(database, await applyRequest({ ...built, desired }, options));
}

/** A plugin whose default export is `execute` with that body. */
export function plugin(body: string): string {
  return `export default async (ctx) => { ${body} };\n`;
}

type EventOf<Type extends SchedulerEvent["type"]> = Extract<SchedulerEvent, { type: Type }>;

/** Events in the order in which they came, and a way to wait for the next that fits. */
export class EventLog {
  readonly all: SchedulerEvent[] = [];
  #taken = 0;
  #wake: (() => void) | null = null;

  add(event: SchedulerEvent): void {
    this.all.push(event);
    this.#wake?.();
  }

  /** The first event of the type after those already waited for that fits; waits for it. */
  async next<Type extends SchedulerEvent["type"]>(
    type: Type,
    fits: (event: EventOf<Type>) => boolean = () => true,
  ): Promise<EventOf<Type>> {
    for (;;) {
      while (this.#taken < this.all.length) {
        const event = this.all[this.#taken];
        this.#taken += 1;
        if (event?.type === type && fits(event as EventOf<Type>)) return event as EventOf<Type>;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** A scheduler in this process on a database of the test's own; it is stopped when the test ends. */
export async function startTestScheduler(
  t: Cleanup,
  project: TestProject,
  databaseUrl: string,
): Promise<{ scheduler: Scheduler; events: EventLog; stop: () => Promise<void> }> {
  const events = new EventLog();
  const scheduler = await runScheduler({
    place: project,
    displayName: "config.yaml",
    databaseUrl,
    emit: (event) => events.add(event),
  });
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    stopped ??= scheduler.stop({ graceMs: 5_000, signal: new AbortController().signal });
    await stopped;
  };
  t.after(stop);
  return { scheduler, events, stop };
}
