/** What the scheduler and its launcher say to one another. Everything is JSON. */

/** A process to start. Its environment is complete: nothing is inherited. */
export interface LaunchSpec {
  executionId: string;
  /** The variable that marks its processes by that id; absent: `CRONVERGE_EXECUTION_ID`. */
  tag?: string;
  file: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
  /** Whether the process gets a channel of JSON lines on file descriptor 3. */
  ipc: boolean;
  /** Null: no limit. */
  timeoutMs: number | null;
  /** Time between SIGTERM and SIGKILL. */
  graceMs: number;
  /** Resident memory of the process and its descendants above which all are killed. */
  memoryBytes: number;
  /** Captured output that is kept: half from its head, half from its tail. */
  outputBytes: number;
  shell?: never;
}

export type OutputStream = "stdout" | "stderr";

/** One line of output; `at` is ISO 8601 in UTC. */
export interface OutputLine {
  at: string;
  stream: OutputStream;
  text: string;
  /** The line was too long: its next piece follows. */
  continues?: true;
  /** No line of the job: it says that output was left out here. */
  gap?: true;
}

/** Stands before the last piece of a line that was too long, where it stands alone. */
export const CUT_MARK: string = "…";

/** Why a process is gone. `exited` covers a signal that was not ours. */
export type ProcessEnding =
  | "exited"
  | "timeout"
  | "out_of_memory"
  | "cancelled"
  | "lease_lost"
  | "shutdown"
  | "spawn_failed"
  | "launcher_died";

export interface ProcessOutcome {
  exitCode: number | null;
  signal: string | null;
  ending: ProcessEnding;
  /** Why it could not be started, or which of its processes could not be killed; else null. */
  error: string | null;
  durationMs: number;
  /** The last lines of stderr, or of stdout where stderr was silent. */
  outputTail: string[];
}

/** Why the scheduler ends a process; `finished` is one that has already given its result. */
export type StopReason = "cancel_requested" | "shutdown" | "lease_lost" | "finished";

export type SchedulerToLauncher =
  | { type: "launch"; spec: LaunchSpec }
  | { type: "stop"; executionId: string; reason: StopReason }
  | { type: "message"; executionId: string; message: unknown }
  /** Milliseconds of the monotonic clock that both processes share; null: no deadline. */
  | { type: "deadline"; deadlineMs: number | null }
  | { type: "ping" };

export type LauncherToScheduler =
  | { type: "ready" }
  | { type: "pong" }
  | { type: "started"; executionId: string; pid: number }
  | { type: "output"; executionId: string; lines: OutputLine[] }
  | { type: "message"; executionId: string; message: unknown }
  | { type: "ended"; executionId: string; outcome: ProcessOutcome };
