import { countOldLogs, deleteOldLogs } from "../store/logs.ts";
import { Budget } from "./budget.ts";
import type { BuiltinContext, BuiltinJob } from "./contract.ts";
import { readParameters } from "./parameters.ts";
import { remarks, totals } from "./report.ts";
import type { Swept } from "./sweep.ts";
import { requireColumns } from "./tables.ts";
import { BATCH } from "./walk-pages.ts";

/** Deletes log entries older than `retention_days`. */
export const logCleanup: BuiltinJob = {
  async run(context) {
    const { enforce } = context;
    const days = readParameters("log-cleanup", context.parameters).number("retention_days");
    await requireColumns(context, { logs: ["id", "timestamp"] });
    const budget = new Budget(context);
    const swept = [
      await (enforce ? deleteOld(context, { days, budget }) : countOld(context, days)),
    ];
    const { itemsFound, itemsProcessed, itemsFailed } = totals(swept);
    const what = enforce ? `Deleted ${itemsProcessed}` : `Would delete ${itemsFound}`;
    const message = [
      `${what} log entries older than ${days} days`,
      ...remarks(swept, { enforce, budget }),
    ].join("; ");
    return { message, itemsFound, itemsProcessed, itemsFailed };
  },
};

const NOUNS: Swept["nouns"] = ["log entry", "log entries"];

async function deleteOld(
  { database }: BuiltinContext,
  { days, budget }: { days: number; budget: Budget },
): Promise<Swept> {
  let done = 0;
  let finished = false;
  while (!finished && !budget.isOver) {
    const deleted = await budget.batch(() => deleteOldLogs(database, { days, limit: BATCH }));
    done += deleted;
    finished = deleted < BATCH;
  }
  return { nouns: NOUNS, found: done, done, failed: 0, finished };
}

async function countOld({ database }: BuiltinContext, days: number): Promise<Swept> {
  const found = await countOldLogs(database, days);
  return { nouns: NOUNS, found, done: 0, failed: 0, finished: true };
}
