import type { ReasonCode } from "../model/execution.ts";
import type { SchedulerEvent } from "../views/event.ts";
import type { Abandoned } from "../store/bury.ts";
import type { Database } from "../store/connection.ts";
import { appendLogs } from "../store/logs.ts";
import { endLine, pauseLine, toEntries } from "./run-lines.ts";

/** Tells of attempts that nobody could end, as events and in the logs of their executions. */
export async function tellAbandoned(
  abandoned: readonly Abandoned[],
  options: { database: Database; emit: (event: SchedulerEvent) => void; reason: ReasonCode },
): Promise<void> {
  const { database, emit, reason } = options;
  const entries = abandoned.flatMap((run) => {
    const { attempt, maxAttempts, retryAt, paused } = run;
    const outcome = { status: "abandoned", reason, message: null, error: null } as const;
    const retryAfterMs = retryAt === null ? null : Math.max(0, retryAt.getTime() - Date.now());
    const line = endLine({ outcome, attempt, maxAttempts, retryAfterMs });
    return toEntries(run, paused === null ? [line] : [line, pauseLine(paused)]);
  });
  for (const { id: executionId, jobName, retryAt, paused } of abandoned) {
    const told = { executionId, jobName };
    emit({ type: "abandoned", ...told, reason, retryAt: retryAt?.toISOString() ?? null });
    if (paused !== null) emit({ type: "job_paused", ...told, message: paused });
  }
  if (entries.length > 0) await appendLogs(database, entries);
}
