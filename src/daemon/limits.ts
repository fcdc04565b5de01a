import type { Database } from "../store/connection.ts";
import type { PastDeadline } from "../store/deadline.ts";
import type { LateExecution } from "../store/late.ts";
import type { SchedulerEvent } from "../views/event.ts";
import { REASONS } from "../model/execution.ts";
import { endPastDeadline } from "../store/deadline.ts";
import { takeLate, untilNextLimit } from "../store/late.ts";
import { wakeNodes } from "../store/trigger.ts";
import { elapsedText } from "../views/elapsed.ts";
import type { LogWriter } from "./log-writer.ts";
import { pauseLine, schedulerLine, toEntries } from "./run-lines.ts";

/** What comes to be late or past its deadline by a row that another node wrote is seen by then. */
const POLL_MS = 5_000;

/** Rows that somebody holds for a moment are looked at again after this. */
const LOCKED_RETRY_MS = 250;

export interface LimitsOptions {
  database: Database;
  logs: Pick<LogWriter, "write">;
  emit: (event: SchedulerEvent) => void;
}

/** The line that `logs search "job failed"` finds. */
const PAST_DEADLINE = `Job failed (timed_out): ${REASONS.deadline}`;

/**
 * Looks for what waits longer than it may: tells of what is late, ends what is past its deadline.
 * The same on every node; each row is taken by one. Returns the ms until the next look.
 */
export function limitsStep(options: LimitsOptions): () => Promise<number> {
  const { database } = options;
  return async () => {
    const late = await takeLate(database);
    for (const execution of late) tellLate(execution, options);
    const past = await endPastDeadline(database, PAST_DEADLINE);
    for (const execution of past) tellPastDeadline(execution, options);
    // Keys are free, and something may wait in the outbox.
    if (late.length + past.length > 0) await wakeNodes(database);
    const untilMs = (await untilNextLimit(database)) ?? POLL_MS;
    return Math.min(Math.max(untilMs, LOCKED_RETRY_MS), POLL_MS);
  };
}

function tellLate(execution: LateExecution, { logs, emit }: LimitsOptions): void {
  const { id: executionId, jobName, dueAt, startedAt, lateMs } = execution;
  const due = dueAt?.toISOString() ?? null;
  const what = startedAt === null ? "has not started" : "started";
  const message = `Late: due ${due ?? "at once"}, it ${what} after ${elapsedText(lateMs)}`;
  logs.write(toEntries(execution, [schedulerLine("warn", message)]));
  emit({ type: "late", executionId, jobName, dueAt: due, lateMs, started: startedAt !== null });
}

function tellPastDeadline(execution: PastDeadline, { logs, emit }: LimitsOptions): void {
  const { id: executionId, jobName, paused } = execution;
  if (paused !== null) logs.write(toEntries(execution, [pauseLine(paused)]));
  emit({ type: "deadline_passed", executionId, jobName });
  if (paused !== null) emit({ type: "job_paused", executionId, jobName, message: paused });
}
