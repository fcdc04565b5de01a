import { attemptOutcome, type AttemptOutcome } from "../model/execution.ts";
import type { AttemptRequest, ProcessDeps } from "./attempt-request.ts";
import type { ProcessOutcome } from "./launcher-messages.ts";
import {
  prepareAttempt,
  runProcess,
  survivorWarning,
  tailText,
  type PreparedAttempt,
} from "./process-attempt.ts";
import { withWarnings } from "./warnings.ts";

/** Runs a `command` job: an argument list as it is, a text by the shell. Exit code 0 is success. */
export async function runCommand(
  request: AttemptRequest,
  deps: ProcessDeps,
): Promise<AttemptOutcome> {
  const { run } = request.spec;
  if (run.type !== "command") throw new TypeError(`a ${run.type} job is not a command`);
  const [file, ...args] =
    typeof run.command === "string" ? ["/bin/sh", "-c", run.command] : run.command;
  if (file === undefined) {
    const error = "the command is empty";
    return attemptOutcome({ status: "failed", reason: "spawn_failed", error });
  }
  const prepared = await prepareAttempt(request, deps);
  if ("status" in prepared) return prepared;
  const { memoryBytes } = request.spec;
  const ended = await runProcess(prepared, { file, args, ipc: false, memoryBytes });
  const outcome = ended.outcome ?? exitOutcome(ended.process, prepared);
  return { ...outcome, message: withWarnings(outcome.message, [survivorWarning(ended)]) };
}

function exitOutcome(ended: ProcessOutcome, prepared: PreparedAttempt): AttemptOutcome {
  const { exitCode, signal } = ended;
  if (exitCode === 0) return attemptOutcome({ status: "success", exitCode });
  const tail = tailText(ended, prepared.redact);
  const what = exitCode === null ? `ended by ${signal}` : `exit code ${exitCode}`;
  return attemptOutcome({
    status: "failed",
    reason: exitCode === null ? "signal" : "exit_code",
    error: tail === "" ? what : `${what}\n${tail}`,
    exitCode,
    signal,
  });
}
