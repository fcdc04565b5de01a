import { Logger, makeWorkerUtils, run } from "graphile-worker";
import type { Runner } from "graphile-worker";
import type { ConnectionAddress } from "../../src/store/connection.ts";
import { toUrl } from "./server.ts";

const TASK = "noop";
const CONCURRENCY = 24;
const INSERT_ROWS = 1_000;

/** A graphile-worker that starts, with the settings of its own performance test, when `run` is called. */
export async function startGraphileWorker(
  { address }: { address: ConnectionAddress },
  onRun: () => void,
): Promise<AsyncDisposable & { run: () => Promise<void> }> {
  let runner: Runner | null = null;
  return {
    async run() {
      runner = await run({
        preset: {
          worker: {
            connectionString: toUrl(address),
            concurrentJobs: CONCURRENCY,
            maxPoolSize: CONCURRENCY + 1,
            localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
            logger: SILENT,
          },
        },
        noHandleSignals: true,
        parsedCronItems: [],
        taskList: {
          async [TASK]() {
            onRun();
          },
        },
      });
    },
    async [Symbol.asyncDispose]() {
      await runner?.stop();
    },
  };
}

/** Makes its schema and puts `count` jobs into it; returns the ms that the inserts took. */
export async function fillGraphileWorker(
  address: ConnectionAddress,
  count: number,
): Promise<number> {
  const utils = await makeWorkerUtils({ connectionString: toUrl(address), logger: SILENT });
  await utils.migrate();
  const startedMs = performance.now();
  for (let done = 0; done < count; done += INSERT_ROWS) {
    const rows = Math.min(INSERT_ROWS, count - done);
    await utils.addJobs(
      Array.from({ length: rows }, (_, index) => ({
        identifier: TASK,
        payload: { index: done + index },
      })),
    );
  }
  const tookMs = performance.now() - startedMs;
  await utils.release();
  return tookMs;
}

/** Holds while a job waits or runs: those that are done are deleted. */
export const GRAPHILE_WORKER_OPEN = "select from graphile_worker._private_jobs limit 1";

const SILENT = new Logger(() => () => undefined);
