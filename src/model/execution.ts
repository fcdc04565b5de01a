import type { JsonValue } from "./json.ts";

/** The exact state of an execution. The first two are open; the others are final. */
export type ExecutionStatus =
  | "pending"
  | "running"
  | "success"
  | "failed"
  | "timed_out"
  | "cancelled"
  | "skipped"
  | "abandoned";

export type FinalStatus = Exclude<ExecutionStatus, "pending" | "running">;

/** The three words of the seeds' `status`, `last_status` and `--status`. */
export type JobStatus = "success" | "failed" | "running";

/** What made an execution exist. */
export type Trigger = "schedule" | "catchup" | "manual" | "api" | "backfill";

/** Why an execution ended as it did, or was never started: a closed set. */
export type ReasonCode =
  | "overlap"
  | "queue_full"
  | "replaced"
  | "missed"
  | "removed"
  | "disabled"
  | "paused"
  | "cancel_requested"
  | "shutdown"
  | "node_died"
  | "launcher_died"
  | "lease_lost"
  | "timeout"
  | "deadline"
  | "out_of_memory"
  | "exit_code"
  | "signal"
  | "returned_failure"
  | "threw"
  | "no_result"
  | "permission_denied"
  | "spawn_failed"
  | "code_unavailable"
  | "secret_unavailable"
  | "http_status"
  | "http_error";

/** Each reason as a sentence for people. */
export const REASONS: Record<ReasonCode, string> = {
  overlap: "another run of the job was going on, or was about to",
  queue_full: "as many runs of the job were waiting as may wait",
  replaced: "a later run of the job took its place",
  missed: "it was due while no scheduler was running, and the catch-up rule did not select it",
  removed: "the job was removed from the config",
  disabled: "the job was disabled",
  paused: "the job was paused after too many failures",
  cancel_requested: "somebody cancelled it",
  shutdown: "the scheduler was stopped before the run could finish",
  node_died: "the scheduler process that ran it died",
  launcher_died: "the process that supervises the jobs of the node died",
  lease_lost: "the node lost its lease on the database",
  timeout: "it ran longer than its timeout",
  deadline: "it had not ended by its deadline",
  out_of_memory: "it used more memory than it may",
  exit_code: "its process ended with a code other than 0",
  signal: "its process was ended by a signal",
  returned_failure: "it returned success: false",
  threw: "it threw an error",
  no_result: "its process ended without a result",
  permission_denied: "it tried something that its permissions do not allow",
  spawn_failed: "its process could not be started",
  code_unavailable: "its code could not be loaded",
  secret_unavailable: "a value it names could not be read on the node",
  http_status: "the response had a status that is not expected",
  http_error: "the request failed",
};

/** How one attempt ended, as an executor reports it. */
export interface AttemptOutcome {
  status: Exclude<FinalStatus, "skipped">;
  reason: ReasonCode | null;
  message: string | null;
  /** What went wrong, for people; null on success. */
  error: string | null;
  result: JsonValue;
  itemsProcessed: number | null;
  itemsFailed: number | null;
  exitCode: number | null;
  signal: string | null;
}

/** An outcome with nothing to report but what `given` says. */
export function attemptOutcome(
  given: Pick<AttemptOutcome, "status"> & Partial<AttemptOutcome>,
): AttemptOutcome {
  return {
    reason: null,
    message: null,
    error: null,
    result: null,
    itemsProcessed: null,
    itemsFailed: null,
    exitCode: null,
    signal: null,
    ...given,
  };
}

/** The seeds' word for a state; null for `skipped`, which their history does not know. */
export function seedStatus(status: ExecutionStatus): JobStatus | null {
  return SEED_STATUS[status];
}

const SEED_STATUS: Record<ExecutionStatus, JobStatus | null> = {
  pending: "running",
  running: "running",
  success: "success",
  failed: "failed",
  timed_out: "failed",
  cancelled: "failed",
  abandoned: "failed",
  skipped: null,
};

/** The states that the seeds' `--status` word selects. */
export function statesOf(status: JobStatus): ExecutionStatus[] {
  return (Object.keys(SEED_STATUS) as ExecutionStatus[]).filter(
    (state) => SEED_STATUS[state] === status,
  );
}

/** One line that a job wrote or logged. */
export interface LogLine {
  /** ISO 8601, UTC. */
  at: string;
  level: LogLevel;
  /** Where it came from: `stdout`, `stderr`, `job` (the context's logger) or a room of ours. */
  module: string;
  message: string;
  metadata: JsonValue;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** From the least to the gravest. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Why somebody ends an attempt from outside; also the `reason` of an aborted signal that ends one. */
export type CancelReason = "cancel_requested" | "shutdown" | "lease_lost";
