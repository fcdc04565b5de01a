import type { LogLine, ReasonCode } from "../model/execution.ts";
import type { SchedulerEvent } from "../views/event.ts";
import type { Abandoned, Burial } from "../store/bury.ts";
import type { Database } from "../store/connection.ts";
import { appendLogs } from "../store/logs.ts";
import { endLine, pauseLine, toEntries } from "./run-lines.ts";

/** The reason, with the line that says it of an attempt which no other one follows. */
export function burial(reason: ReasonCode): Burial {
  return { reason, lineOf: (attempt) => abandonedLine(attempt, { reason, retryAfterMs: null }) };
}

/** Tells of attempts that nobody could end, as events, and in the logs of those that go on. */
export async function tellAbandoned(
  abandoned: readonly Abandoned[],
  options: { database: Database; emit: (event: SchedulerEvent) => void; reason: ReasonCode },
): Promise<void> {
  const { database, emit, reason } = options;
  const entries = abandoned.flatMap((run) => {
    const { retryAt, paused } = run;
    const lines = paused === null ? [] : [pauseLine(paused)];
    if (retryAt === null) return toEntries(run, lines);
    const retryAfterMs = Math.max(0, retryAt.getTime() - Date.now());
    return toEntries(run, [abandonedLine(run, { reason, retryAfterMs }), ...lines]);
  });
  for (const { id: executionId, jobName, retryAt, paused } of abandoned) {
    const told = { executionId, jobName };
    emit({ type: "abandoned", ...told, reason, retryAt: retryAt?.toISOString() ?? null });
    if (paused !== null) emit({ type: "job_paused", ...told, message: paused });
  }
  if (entries.length > 0) await appendLogs(database, entries);
}

function abandonedLine(
  { attempt, maxAttempts }: Pick<Abandoned, "attempt" | "maxAttempts">,
  { reason, retryAfterMs }: { reason: ReasonCode; retryAfterMs: number | null },
): LogLine {
  const outcome = { status: "abandoned", reason, message: null, error: null } as const;
  return endLine({ outcome, attempt, maxAttempts, retryAfterMs });
}
