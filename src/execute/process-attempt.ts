import { resolve } from "node:path";
import {
  attemptOutcome,
  type AttemptOutcome,
  type CancelReason,
  type LogLine,
} from "../model/execution.ts";
import type { AttemptRequest, ProcessDeps } from "./attempt-request.ts";
import { buildEnvironment, type RunEnvironment } from "./environment.ts";
import type { OutputLine, ProcessOutcome } from "./launcher-messages.ts";
import { CUT_MARK } from "./launcher-messages.ts";
import { NOTICE_TAG } from "./process-table.ts";
import type { Redact } from "./redact.ts";
import { createRedactor } from "./redact.ts";
import { OutputRedactor } from "./redact-output.ts";
import { ValueUnavailable } from "./secrets.ts";
import { storableText } from "./storable.ts";

/** What the executors of processes differ in. */
export interface ProcessPlan {
  file: string;
  args: string[];
  ipc: boolean;
  memoryBytes: number;
}

/** A job's process, seen from its executor. */
export interface ProcessListener {
  onMessage?(message: unknown): void;
  /** The attempt is about to be cancelled. */
  onCancel?(reason: CancelReason): void;
}

export interface FinishedProcess {
  process: ProcessOutcome;
  /** Null: the process ended by itself, and its executor says what that means. */
  outcome: AttemptOutcome | null;
}

/** An attempt with its environment made: ready to be launched. */
export interface PreparedAttempt {
  request: AttemptRequest;
  deps: ProcessDeps;
  environment: RunEnvironment;
  redact: Redact;
}

/** Resolves the values a job names; an outcome instead when one of them is not there. */
export async function prepareAttempt(
  request: AttemptRequest,
  deps: ProcessDeps,
): Promise<PreparedAttempt | AttemptOutcome> {
  try {
    const environment = await buildEnvironment(request, process.env);
    return { request, deps, environment, redact: createRedactor(environment.secrets) };
  } catch (error) {
    if (!(error instanceof ValueUnavailable)) throw error;
    return secretUnavailable(error);
  }
}

/** How an attempt ends that lacks a value which its node should have. */
export function secretUnavailable(error: ValueUnavailable): AttemptOutcome {
  return attemptOutcome({ status: "failed", reason: "secret_unavailable", error: error.message });
}

/** Launches the process of an attempt, hands on its output as log lines, and waits for its end. */
export async function runProcess(
  prepared: PreparedAttempt,
  plan: ProcessPlan,
  listener: ProcessListener = {},
): Promise<FinishedProcess> {
  const { request, deps, environment, redact } = prepared;
  const output = new OutputRedactor(environment.secrets);
  const hand = (lines: OutputLine[]): void => {
    if (lines.length > 0) deps.onLog(lines.map(logLine));
  };
  const { spec, hook } = request;
  const executionId = hook?.noticeId ?? request.executionId;
  const cancel = (): void => {
    const reason = deps.signal?.reason as CancelReason;
    listener.onCancel?.(reason);
    deps.launcher.cancel(executionId, reason);
  };
  const launched = deps.launcher.launch(
    {
      ...plan,
      executionId,
      ...(hook === undefined ? {} : { tag: NOTICE_TAG }),
      env: environment.env,
      cwd: spec.cwd === null ? request.root : resolve(request.configDir, spec.cwd),
      timeoutMs: spec.timeoutMs,
      graceMs: spec.graceMs,
      outputBytes: spec.outputBytes,
    },
    {
      onStarted: (pid) => deps.onStarted?.(pid),
      onOutput: (lines) => hand(output.redact(lines)),
      onMessage: (message) => listener.onMessage?.(message),
    },
  );
  if (deps.signal?.aborted === true) cancel();
  deps.signal?.addEventListener("abort", cancel, { once: true });
  const ended = asCancelled(await launched, deps.signal);
  hand(output.end());
  deps.signal?.removeEventListener("abort", cancel);
  return { process: ended, outcome: endedOutcome(ended, redact) };
}

/**
 * A job that obeys its abort signal at once may be gone before the launcher was told to end it. It
 * failed because it was asked to end, and that is what is recorded.
 */
function asCancelled(ended: ProcessOutcome, signal: AbortSignal | undefined): ProcessOutcome {
  if (ended.ending !== "exited" || ended.exitCode === 0 || signal?.aborted !== true) return ended;
  const reason = signal.reason as CancelReason;
  return { ...ended, ending: reason === "cancel_requested" ? "cancelled" : reason };
}

/** What the end of a process means, unless it came from the process itself. */
function endedOutcome(
  ended: ProcessOutcome,
  redact: (text: string) => string,
): AttemptOutcome | null {
  if (ended.ending === "exited") return null;
  const { exitCode, signal } = ended;
  const error = ended.error === null ? null : redact(ended.error);
  return attemptOutcome({ ...ENDINGS[ended.ending], exitCode, signal, error });
}

/** Whatever ended a process from outside, as status and reason. */
const ENDINGS = {
  timeout: { status: "timed_out", reason: "timeout" },
  out_of_memory: { status: "failed", reason: "out_of_memory" },
  cancelled: { status: "cancelled", reason: "cancel_requested" },
  shutdown: { status: "cancelled", reason: "shutdown" },
  lease_lost: { status: "abandoned", reason: "lease_lost" },
  launcher_died: { status: "abandoned", reason: "launcher_died" },
  spawn_failed: { status: "failed", reason: "spawn_failed" },
} as const satisfies Record<
  Exclude<ProcessOutcome["ending"], "exited">,
  Pick<AttemptOutcome, "status" | "reason">
>;

/** What is left of a process that ended by itself; null: nothing. Another end tells it as its error. */
export function survivorWarning({ process: ended, outcome }: FinishedProcess): string | null {
  return outcome === null ? ended.error : null;
}

/** The end of the output as the text of an error. */
export function tailText(ended: ProcessOutcome, redact: Redact): string {
  const lines = ended.outputTail.map((line) =>
    line.startsWith(CUT_MARK)
      ? CUT_MARK + redact(line.slice(CUT_MARK.length), { start: true })
      : redact(line),
  );
  return storableText(lines.join("\n"));
}

function logLine(line: OutputLine): LogLine {
  return {
    at: line.at,
    level: line.stream === "stderr" ? "warn" : "info",
    module: line.stream,
    message: line.text,
    metadata: null,
  };
}
