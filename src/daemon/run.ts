import { performance } from "node:perf_hooks";
import type { SchedulerEvent } from "../views/event.ts";
import type { AttemptOutcome, LogLine } from "../model/execution.ts";
import type { JobSpec } from "../model/job.ts";
import type { Claimed } from "../store/claims.ts";
import { REASONS, attemptOutcome } from "../model/execution.ts";
import { errorMessage } from "../model/errors.ts";
import type { Attempts } from "./attempts.ts";
import type { Batch } from "./batch.ts";
import type { LogWriter } from "./log-writer.ts";
import type { SpecCache } from "./specs.ts";

/** What a run needs of the process that it runs in. */
export interface RunDeps {
  specs: SpecCache;
  attempts: Attempts;
  logs: LogWriter;
  /** Commits the start; null: the row is not ours any more, or somebody asked to cancel it. */
  starts: Batch<Claimed, { startedAt: Date; attempt: number } | null>;
  /** Commits the end; false: the row was not ours any more. */
  finishes: Batch<{ claimed: Claimed; outcome: AttemptOutcome }, boolean>;
  /** Gives the claim back, to be claimed again. */
  release: (claimed: Claimed) => Promise<void>;
  nextRunOf: (jobId: string) => Promise<string | null>;
  emit: (event: SchedulerEvent) => void;
  /** Aborted with a `CancelReason`. */
  signal: AbortSignal;
}

/**
 * One execution from claim to record: load, start, run, log, finish. The start is committed before
 * any code of the job runs, and its lines before its end, so that whoever sees the end sees them.
 */
export async function runExecution(claimed: Claimed, deps: RunDeps): Promise<void> {
  const spec = await deps.specs.get(claimed.specHash);
  // An apply came between the claim and this look: the next claim takes the new definition.
  if (spec === null) return deps.release(claimed);
  const started = await deps.starts.add(claimed);
  if (started === null) return finishUnstarted(claimed, deps);
  const begin = performance.now();
  deps.emit({
    type: "run_started",
    at: started.startedAt.toISOString(),
    executionId: claimed.id,
    jobName: claimed.jobName,
    trigger: claimed.trigger,
    attempt: started.attempt,
  });
  const outcome = await attempt({ claimed, spec, attempt: started.attempt, deps });
  deps.logs.write(toEntries(claimed, [endLine(outcome)]));
  await deps.logs.flush();
  const recorded = await deps.finishes.add({ claimed, outcome });
  if (!recorded) return;
  deps.emit({
    type: "run_finished",
    at: new Date(started.startedAt.getTime() + performance.now() - begin).toISOString(),
    executionId: claimed.id,
    jobName: claimed.jobName,
    status: outcome.status,
    reason: outcome.reason,
    durationMs: Math.round(performance.now() - begin),
    message: outcome.message,
    error: outcome.error,
    // The end is recorded; that the next run cannot be read now is no failure of this one.
    nextRun: await deps.nextRunOf(claimed.jobId).catch(() => null),
  });
}

/** A cancel that came before the start ends the row; a row that is somebody else's is left alone. */
async function finishUnstarted(claimed: Claimed, deps: RunDeps): Promise<void> {
  const outcome = attemptOutcome({ status: "cancelled", reason: "cancel_requested" });
  await deps.finishes.add({ claimed, outcome });
}

async function attempt(given: {
  claimed: Claimed;
  spec: JobSpec;
  attempt: number;
  deps: RunDeps;
}): Promise<AttemptOutcome> {
  const { claimed, spec, deps } = given;
  try {
    return await deps.attempts.run({
      claimed,
      spec,
      attempt: given.attempt,
      signal: deps.signal,
      onLog: (lines) => deps.logs.write(toEntries(claimed, lines)),
    });
  } catch (error) {
    return attemptOutcome({ status: "failed", reason: "spawn_failed", error: errorMessage(error) });
  }
}

function toEntries(claimed: Claimed, lines: LogLine[]): Parameters<LogWriter["write"]>[0] {
  return lines.map((line) => ({
    ...line,
    jobName: claimed.jobName,
    executionId: claimed.id,
    traceId: claimed.traceId,
  }));
}

/** The line that `logs search "job failed"` finds. */
function endLine(outcome: AttemptOutcome): LogLine {
  const at = new Date().toISOString();
  const base = { at, module: "scheduler", metadata: null };
  if (outcome.status === "success") {
    const detail = outcome.message === null ? "" : `: ${outcome.message}`;
    return { ...base, level: "info", message: `Job succeeded${detail}` };
  }
  const why = outcome.error ?? (outcome.reason === null ? outcome.status : REASONS[outcome.reason]);
  return { ...base, level: "error", message: `Job failed (${outcome.status}): ${why}` };
}
