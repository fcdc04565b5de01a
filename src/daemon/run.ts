import { performance } from "node:perf_hooks";
import type { SchedulerEvent } from "../views/event.ts";
import type { AttemptOutcome, LogLine, ReasonCode } from "../model/execution.ts";
import type { JobSpec } from "../model/job.ts";
import type { Claimed, StartedAttempt } from "../store/claims.ts";
import type { Ending } from "../store/finish.ts";
import { attemptOutcome } from "../model/execution.ts";
import { errorMessage } from "../model/errors.ts";
import { mayRetry, retryPauseMs } from "../schedule/backoff.ts";
import type { Attempts } from "./attempts.ts";
import type { Batch } from "./batch.ts";
import type { LogWriter } from "./log-writer.ts";
import { endLine, pauseLine, toEntries } from "./run-lines.ts";
import type { SpecCache } from "./specs.ts";

/** The end of an attempt, as it is to be recorded. */
export interface EndedAttempt {
  claimed: Claimed;
  outcome: AttemptOutcome;
  /** The pause before the next attempt; null: there is none in any case. */
  retryAfterMs: number | null;
  /** What the log says where it was the last one; null: nothing ran. */
  line: LogLine | null;
}

/** What a run needs of the process that it runs in. */
export interface RunDeps {
  specs: SpecCache;
  attempts: Attempts;
  logs: LogWriter;
  /** Commits the start; null: the row is not ours any more, or somebody asked to cancel it. */
  starts: Batch<Claimed, StartedAttempt | null>;
  /** Commits the end; null: the row was not ours any more. */
  finishes: Batch<EndedAttempt, Ending | null>;
  /** Gives the claim back, to be claimed again. */
  release: (claimed: Claimed) => Promise<void>;
  emit: (event: SchedulerEvent) => void;
  /** Called before any code runs: whatever fails until then has done nothing. */
  onCode: () => void;
  /** Aborted with a `CancelReason`. */
  signal: AbortSignal;
  /** Why somebody asked for its end; null: nobody did. */
  cancelReason: () => ReasonCode | null;
}

/**
 * One attempt of an execution, from claim to record: load, start, run, log, finish. The start is
 * committed before any code of the job runs, and its lines before its end, so that whoever sees the
 * end sees them. Where an attempt is left, the execution then waits again, for any node.
 */
export async function runExecution(claimed: Claimed, deps: RunDeps): Promise<void> {
  const spec = await deps.specs.get(claimed.specHash);
  // An apply came between the claim and this look: the next claim takes the new definition.
  if (spec === null) return deps.release(claimed);
  // Where its claim was its start, nothing is left to commit.
  const started = claimed.started ?? (await deps.starts.add(claimed));
  if (started === null) return finishUnstarted(claimed, deps);
  const beganMs = performance.now();
  deps.emit({
    type: "run_started",
    at: started.startedAt.toISOString(),
    executionId: claimed.id,
    jobName: claimed.jobName,
    trigger: claimed.trigger,
    attempt: started.attempt,
  });
  deps.onCode();
  const outcome = whyCancelled(await tryOnce({ claimed, spec, started, deps }), deps);
  const retryAfterMs = pauseAfter(outcome, { spec, started });
  const { attempt, maxAttempts } = started;
  const line = endLine({ outcome, attempt, maxAttempts, retryAfterMs: null });
  await deps.logs.flush();
  const ended = { claimed, outcome, retryAfterMs, line };
  const ending = await deps.finishes.add(ended);
  if (ending === null) return;
  const durationMs = performance.now() - beganMs;
  report({ ...ended, started, ending, durationMs }, deps);
}

/** A cancel that came before the start ends the row; a row that is somebody else's is left alone. */
async function finishUnstarted(claimed: Claimed, deps: RunDeps): Promise<void> {
  const outcome = attemptOutcome({ status: "cancelled", reason: "cancel_requested" });
  await deps.finishes.add({ claimed, outcome, retryAfterMs: null, line: null });
}

interface StartedRun {
  claimed: Claimed;
  spec: JobSpec;
  started: StartedAttempt;
  deps: RunDeps;
}

/** The attempt may take as long as its timeout, and no longer than the deadline of its execution. */
async function tryOnce(run: StartedRun): Promise<AttemptOutcome> {
  const { spec, started } = run;
  const leftMs = started.deadlineLeftMs;
  if (leftMs === null || (spec.timeoutMs !== null && spec.timeoutMs <= leftMs)) {
    return runAttempt(run);
  }
  if (leftMs <= 0) return attemptOutcome({ status: "timed_out", reason: "deadline" });
  const outcome = await runAttempt({ ...run, spec: { ...spec, timeoutMs: Math.ceil(leftMs) } });
  return outcome.reason === "timeout" ? { ...outcome, reason: "deadline" } : outcome;
}

async function runAttempt({ claimed, spec, started, deps }: StartedRun): Promise<AttemptOutcome> {
  try {
    return await deps.attempts.run({
      claimed,
      spec,
      attempt: started.attempt,
      signal: deps.signal,
      onLog: (lines) => deps.logs.write(toEntries(claimed, lines)),
    });
  } catch (error) {
    return attemptOutcome({ status: "failed", reason: "spawn_failed", error: errorMessage(error) });
  }
}

/** An executor knows only that somebody asked; whoever did knows why. */
function whyCancelled(outcome: AttemptOutcome, { cancelReason }: RunDeps): AttemptOutcome {
  if (outcome.reason !== "cancel_requested") return outcome;
  return { ...outcome, reason: cancelReason() ?? outcome.reason };
}

/**
 * The pause before the next attempt; null: this one was the last. The database has the last word: a
 * cancel, or the removal or a pause of the job, may have come meanwhile.
 */
function pauseAfter(
  outcome: AttemptOutcome,
  { spec, started }: Pick<StartedRun, "spec" | "started">,
): number | null {
  const { attempt, maxAttempts } = started;
  if (attempt >= maxAttempts || !mayRetry(outcome)) return null;
  return retryPauseMs(spec.retry, { attempt, random: Math.random() });
}

interface RecordedRun extends EndedAttempt {
  started: StartedAttempt;
  ending: Ending;
  durationMs: number;
}

/** Tells what is recorded. */
function report(run: RecordedRun, deps: RunDeps): void {
  const { claimed, outcome, started, ending } = run;
  const { id: executionId, jobName } = claimed;
  const { status, reason, error, message } = outcome;
  const { attempt, maxAttempts } = started;
  const at = new Date(started.startedAt.getTime() + run.durationMs).toISOString();
  const durationMs = Math.round(run.durationMs);
  const told = { at, executionId, jobName, status, reason, error, durationMs };
  if (ending.retryAt !== null) {
    const retryAt = ending.retryAt.toISOString();
    const { retryAfterMs } = run;
    deps.logs.write(toEntries(claimed, [endLine({ outcome, attempt, maxAttempts, retryAfterMs })]));
    deps.emit({ type: "attempt_failed", ...told, attempt, maxAttempts, retryAt });
    return;
  }
  const nextRun = ending.nextRun?.toISOString() ?? null;
  deps.emit({ type: "run_finished", ...told, message, nextRun });
  if (ending.paused === null) return;
  deps.logs.write(toEntries(claimed, [pauseLine(ending.paused)]));
  deps.emit({ type: "job_paused", executionId, jobName, message: ending.paused });
}
