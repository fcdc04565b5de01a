import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltinJob } from "../../src/builtin/contract.ts";
import type { ConnectionAddress } from "../../src/store/connection.ts";
import { eventLog } from "../../src/cli/event-log.ts";
import { clockStep } from "../../src/daemon/clock.ts";
import { Engine } from "../../src/daemon/engine.ts";
import { startLoop } from "../../src/daemon/loop.ts";
import { openProjectStore, readProject } from "../../src/daemon/project.ts";
import { wakeChannel } from "../../src/store/trigger.ts";
import { temporaryFolder, toUrl } from "./server.ts";

/** A scheduler as `up` runs it, but for the file: its jobs are in the database already. */
export interface BenchNode extends AsyncDisposable {
  /** Records what is due; it waits until this node, or another, claims it. */
  startClock(): void;
  startClaiming(): void;
}

/**
 * Starts a node whose built-in jobs do nothing but call `onRun`. All else is the product's: claims,
 * starts, log lines and ends are written as always, and events go to stdout as lines of JSON.
 */
export async function startNode(options: {
  address: ConnectionAddress;
  concurrency: number;
  onRun: () => void;
}): Promise<BenchNode> {
  await using opened = new AsyncDisposableStack();
  const root = await temporaryFolder("node");
  opened.defer(() => rm(root, { recursive: true, force: true }));
  const place = { root, configFile: join(root, "config.yaml"), stateDir: root };
  await writeFile(place.configFile, `node: {concurrency: ${options.concurrency}}\njobs: {}\n`);
  const project = await readProject(place, place.configFile);
  const url = toUrl(options.address);
  const connecting = { applicationName: "bench node", migrate: "none", url } as const;
  const store = opened.use(await openProjectStore(project, connecting));
  const { database } = store;
  const emit = eventLog();
  const engine = await Engine.start({
    project,
    store,
    settings: () => project.settings,
    role: "all",
    only: null,
    emit,
    builtins: doingNothing(options.onRun),
  });
  opened.defer(() => engine.stop({ graceMs: 10_000, signal: new AbortController().signal }));
  let wakeClock = (): void => undefined;
  const wake = (): void => {
    wakeClock();
    engine.wake();
  };
  opened.use(await database.listen(wakeChannel(database.schema), wake));
  const resources = opened.move();
  return {
    startClock() {
      const nodeId = (): string => engine.node.id;
      const step = clockStep({ database, worker: engine.worker, nodeId, emit });
      const onError = (error: unknown): void => {
        process.stderr.write(`${String(error)}\n`);
      };
      const clock = startLoop({ step, retryMs: 500, onError });
      resources.defer(() => clock.stop());
      wakeClock = () => clock.wake();
    },
    startClaiming: () => engine.worker.startClaiming(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function doingNothing(onRun: () => void): Record<"cleanup-sessions" | "log-cleanup", BuiltinJob> {
  const nothing: BuiltinJob = {
    async run() {
      onRun();
      return { message: "nothing was done", itemsFound: 0, itemsProcessed: 0, itemsFailed: 0 };
    },
  };
  return { "cleanup-sessions": nothing, "log-cleanup": nothing };
}
