import type { LogAge } from "../model/job.ts";
import { BUILTINS } from "../model/builtins.ts";
import { logAgeText } from "../model/log-age.ts";
import { countPrunable, pruneLogs } from "../store/log-retention.ts";
import { settingsInForce } from "../store/revisions.ts";
import { Budget } from "./budget.ts";
import type { BuiltinContext, BuiltinJob } from "./contract.ts";
import { readParameters } from "./parameters.ts";
import { counted, remarks, totals } from "./report.ts";
import type { Swept } from "./sweep.ts";
import { requireColumns } from "./tables.ts";

const DAY_MS = 86_400_000;

/** Deletes log entries older than `retention_days`, or than retention keeps them by their level. */
export const logCleanup: BuiltinJob = {
  async run(context) {
    const { enforce } = context;
    await requireColumns(context, { logs: ["id", "timestamp", "level"] });
    const age = await ageOf(context);
    const budget = new Budget(context);
    const swept = [await (enforce ? deleteOld(context, { age, budget }) : countOld(context, age))];
    const { itemsFound, itemsProcessed, itemsFailed } = totals(swept);
    const what = counted(enforce ? itemsProcessed : itemsFound, NOUNS);
    const message = [
      `${enforce ? "Deleted" : "Would delete"} ${what} older than ${ageText(age)}`,
      ...remarks(swept, { enforce, budget }),
    ].join("; ");
    return { message, itemsFound, itemsProcessed, itemsFailed };
  },
};

const NOUNS: Swept["nouns"] = ["log entry", "log entries"];

/**
 * The default number of days says nothing, so that it must not undercut an age of `retention`, which is
 * that of the scheduler's own lines.
 */
async function ageOf({ database, databaseName, parameters }: BuiltinContext): Promise<LogAge> {
  const days = readParameters("log-cleanup", parameters).number("retention_days");
  const age = days * DAY_MS;
  const isDefault = days === BUILTINS["log-cleanup"].parameters["retention_days"]?.default;
  if (!isDefault || databaseName !== null) return age;
  return (await settingsInForce(database))?.settings.retention?.logAgeMs ?? age;
}

async function deleteOld(
  { database }: BuiltinContext,
  { age, budget }: { age: LogAge; budget: Budget },
): Promise<Swept> {
  const { deleted, finished } = await pruneLogs(database, {
    age,
    isOver: () => budget.isOver,
    batch: (work) => budget.batch(work),
  });
  return { nouns: NOUNS, found: deleted, done: deleted, failed: 0, finished };
}

async function countOld({ database }: BuiltinContext, age: LogAge): Promise<Swept> {
  const found = await countPrunable(database, age);
  return { nouns: NOUNS, found, done: 0, failed: 0, finished: true };
}

function ageText(age: LogAge): string {
  if (typeof age === "number" && age % DAY_MS === 0) return `${age / DAY_MS} days`;
  return logAgeText(age);
}
