import type { AttemptOutcome, LogLine } from "../model/execution.ts";
import { REASONS } from "../model/execution.ts";
import { ROUTINE_LINE } from "../model/routine-line.ts";
import type { Claimed } from "../store/claims.ts";
import type { NewLogEntry } from "../store/logs.ts";
import { elapsedText } from "../views/elapsed.ts";

/** Whose lines they are. */
type Owner = Pick<Claimed, "id" | "jobName" | "traceId">;

/** Lines as they are kept: they share the trace of their execution. */
export function toEntries(
  { id, jobName, traceId }: Owner,
  lines: readonly LogLine[],
): NewLogEntry[] {
  return lines.map((line) => ({ ...line, jobName, executionId: id, traceId }));
}

/** A line of the scheduler's own about an execution. */
export function schedulerLine(level: LogLine["level"], message: string): LogLine {
  return { at: new Date().toISOString(), level, module: "scheduler", message, metadata: null };
}

/** How an attempt ended, as its last line says it. */
export interface EndedLine {
  outcome: Pick<AttemptOutcome, "status" | "reason" | "message" | "error">;
  attempt: number;
  maxAttempts: number;
  /** Null: none follows. */
  retryAfterMs: number | null;
}

/** The line that `logs search "job failed"` finds, or that of an attempt which another follows. */
export function endLine(ended: EndedLine): LogLine {
  const { outcome, attempt, maxAttempts, retryAfterMs } = ended;
  const { status, reason, message } = outcome;
  if (status === "success") {
    return schedulerLine("info", `${ROUTINE_LINE}${message === null ? "" : `: ${message}`}`);
  }
  const why = outcome.error ?? (reason === null ? status : REASONS[reason]);
  if (retryAfterMs === null) return schedulerLine("error", `Job failed (${status}): ${why}`);
  const what = `Attempt ${attempt} of ${maxAttempts} failed (${status})`;
  return schedulerLine("warn", `${what}; the next in ${elapsedText(retryAfterMs)}: ${why}`);
}

/** `paused` is the sentence that the job has. */
export function pauseLine(paused: string): LogLine {
  return schedulerLine("error", `Job ${paused}`);
}
