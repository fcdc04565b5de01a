import { PgBoss } from "pg-boss";
import type { ConnectionAddress } from "../../src/store/connection.ts";

const QUEUE = "noop";

/** Rows of one insert; more are not faster. */
const INSERT_ROWS = 1_000;

/**
 * A pg-boss that is started and works when `run` is called. One answer settles a whole batch, or, with
 * `perJob`, every job has an outcome of its own.
 */
export async function startPgBoss(
  { address, perJob = false }: { address: ConnectionAddress; perJob?: boolean },
  onRun: () => void,
): Promise<AsyncDisposable & { run: () => Promise<void> }> {
  const boss = await open(address);
  return {
    // The fastest of the settings that were tried: batches of 100, 500 and 1,000 with 1, 2 and 4
    // workers.
    async run() {
      const options = {
        batchSize: 500,
        localConcurrency: 2,
        pollingIntervalSeconds: 0.5,
        burstWhenBatchFull: true,
      };
      if (!perJob) {
        await boss.work(QUEUE, options, async (jobs: unknown[]) => {
          for (const _ of jobs) onRun();
        });
        return;
      }
      await boss.work(QUEUE, { ...options, perJobResults: true }, async (jobs) =>
        jobs.map(({ id }) => {
          onRun();
          return { id, status: "completed" as const, output: { message: "nothing was done" } };
        }),
      );
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: true, timeout: 5_000 }),
  };
}

/** Makes its schema and queue, and puts `count` jobs into it; returns the ms that the inserts took. */
export async function fillPgBoss(address: ConnectionAddress, count: number): Promise<number> {
  const boss = await open(address);
  await boss.createQueue(QUEUE);
  const startedMs = performance.now();
  for (let done = 0; done < count; done += INSERT_ROWS) {
    const rows = Math.min(INSERT_ROWS, count - done);
    const jobs = Array.from({ length: rows }, (_, index) => ({ data: { index: done + index } }));
    await boss.insert(QUEUE, jobs);
  }
  const tookMs = performance.now() - startedMs;
  await boss.stop({ graceful: true, timeout: 5_000 });
  return tookMs;
}

/** Holds while a job waits or runs. */
export const PG_BOSS_OPEN = "select from pgboss.job where state < 'completed' limit 1";

async function open({ host, username, password, database }: ConnectionAddress): Promise<PgBoss> {
  const boss = new PgBoss({ host, user: username, password, database, schedule: false });
  boss.on("error", (error) => process.stderr.write(`pg-boss: ${String(error)}\n`));
  await boss.start();
  return boss;
}
