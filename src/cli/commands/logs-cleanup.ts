import { SchedulerError } from "../../model/errors.ts";
import { LOG_LEVELS } from "../../model/execution.ts";
import { countLogs, deleteLogs } from "../../store/log-retention.ts";
import { serverNow } from "../../store/queryable.ts";
import type { CommandContext } from "../context.ts";
import { EXIT_INTERRUPTED, EXIT_OK } from "../exit.ts";
import { interruptions } from "../interruptions.ts";
import { ageMs } from "../past-times.ts";
import type { CommandResult } from "../result.ts";
import { openSession } from "../session.ts";

export interface LogsCleanupOptions {
  olderThan?: string | undefined;
  keepLastDays?: number | undefined;
  dryRun: boolean;
}

const DAY_MS = 86_400_000;

/** `logs cleanup`: deletes entries of all levels that are older than it is told, or counts them. */
export async function logsCleanup(
  context: CommandContext,
  options: LogsCleanupOptions,
): Promise<CommandResult> {
  const ageMs = ageOf(options);
  const { dryRun } = options;
  await using session = await openSession(context);
  using signals = interruptions();
  const { database } = session;
  const before = new Date((await serverNow(database)).getTime() - ageMs);
  const old = { levels: LOG_LEVELS, before };
  const isOver = (): boolean => signals.interrupt.aborted;
  const deleted_count = dryRun
    ? await countLogs(database, old)
    : (await deleteLogs(database, { ...old, isOver })).count;
  const cutoff_date = before.toISOString();
  const what = `${deleted_count} log ${deleted_count === 1 ? "entry" : "entries"} of before ${cutoff_date}`;
  return {
    data: { deleted_count, dry_run: dryRun, cutoff_date, vacuum_performed: false },
    artifactType: "presentation_card",
    title: dryRun ? "Cleanup Preview (Dry Run)" : "Logs Cleaned Up",
    text: () => (dryRun ? `DRY RUN: Would delete ${what}\n` : `Deleted ${what}\n`),
    exitCode: signals.interrupt.aborted ? EXIT_INTERRUPTED : EXIT_OK,
  };
}

function ageOf({ olderThan, keepLastDays }: LogsCleanupOptions): number {
  if ((olderThan === undefined) === (keepLastDays === undefined)) {
    throw new SchedulerError("usage", "give one of --older-than and --keep-last-days", {
      help: "for example: cronverge logs cleanup --older-than 30d --dry-run",
    });
  }
  if (olderThan === undefined) return (keepLastDays ?? 0) * DAY_MS;
  const ms = ageMs(olderThan);
  if (ms !== null && ms > 0) return ms;
  throw new SchedulerError("usage", `'${olderThan}' is no length of time`, {
    help: "write 30d, 12h, 90m, or a number of days",
  });
}
