import { attemptOutcome, type AttemptOutcome } from "../model/execution.ts";
import type { JobFailure, ReturnedResult } from "../sandbox/messages.ts";
import type { AttemptRequest } from "./attempt-request.ts";
import { denialText } from "./denied.ts";
import type { ProcessOutcome } from "./launcher-messages.ts";
import { survivorWarning, tailText, type FinishedProcess } from "./process-attempt.ts";
import { redactShortened } from "./redact.ts";
import type { Redact } from "./redact.ts";
import { storableJson, storableText } from "./storable.ts";
import { withWarnings } from "./warnings.ts";

/** What a job said before its process ended. */
export interface Said {
  result: ReturnedResult | null;
  failure: JobFailure | null;
  /** We killed it because it had its result and did not go. */
  killed: boolean;
  /** What the row tells beside the result; null: nothing. */
  warning: string | null;
  request: AttemptRequest;
  redact: Redact;
}

/**
 * How an attempt of a plugin ended, from what its process said and how it ended. A result counts
 * only when nothing failed after it; exit code 0 without a result is no success.
 */
export function pluginOutcome(finished: FinishedProcess, said: Said): AttemptOutcome {
  const outcome = judge(finished, said);
  const warnings = [said.warning, survivorWarning(finished)];
  return { ...outcome, message: withWarnings(outcome.message, warnings) };
}

function judge(finished: FinishedProcess, said: Said): AttemptOutcome {
  const { process: ended, outcome } = finished;
  const { result, failure, redact } = said;
  const failed = failure === null ? null : failureOutcome(failure, said);
  if (outcome !== null) {
    if (result !== null && failure === null && ENDED_AFTER_RESULT.includes(ended.ending)) {
      return resultOutcome(result, redact);
    }
    return { ...outcome, error: outcome.error ?? failed?.error ?? null };
  }
  const { exitCode, signal } = ended;
  if (failed !== null) return { ...failed, exitCode, signal };
  if (result !== null && (exitCode === 0 || said.killed)) return resultOutcome(result, redact);
  return { ...silentOutcome(ended, said), exitCode, signal };
}

/** Somebody ended the process when its job had already returned: the result stands. */
const ENDED_AFTER_RESULT: readonly ProcessOutcome["ending"][] = [
  "timeout",
  "cancelled",
  "shutdown",
];

function resultOutcome(result: ReturnedResult, redact: Said["redact"]): AttemptOutcome {
  const message = result.message === null ? null : storableText(redact(result.message));
  const fields = {
    message,
    result: storableJson(result.value, redact),
    itemsProcessed: result.itemsProcessed,
    itemsFailed: result.itemsFailed,
    exitCode: 0,
  };
  if (result.success) return attemptOutcome({ status: "success", ...fields });
  const error = message ?? "the job returned success: false";
  return attemptOutcome({ status: "failed", reason: "returned_failure", error, ...fields });
}

function failureOutcome(failure: JobFailure, said: Said): AttemptOutcome {
  const denial = denialText(failure, said.request);
  const text = storableText(redactShortened(denial ?? failure.text, said.redact));
  const reason = failure.stage === "load" ? "code_unavailable" : "threw";
  return attemptOutcome({
    status: "failed",
    reason: denial === null ? reason : "permission_denied",
    error: text,
  });
}

/** The process ended by itself and its host said nothing of why. */
function silentOutcome(ended: ProcessOutcome, said: Said): AttemptOutcome {
  const tail = tailText(ended, said.redact);
  const withTail = (text: string): string => (tail === "" ? text : `${text}\n${tail}`);
  if (ended.exitCode === 0) {
    const error = withTail(
      "the process ended before the job returned: it called process.exit(), or had nothing left to wait for",
    );
    return attemptOutcome({ status: "failed", reason: "no_result", error });
  }
  // V8 aborts when its heap is full, before the resident memory of the process is looked at.
  if (tail.includes("heap out of memory") || tail.includes("Zone Allocation failed")) {
    return attemptOutcome({ status: "failed", reason: "out_of_memory", error: tail });
  }
  if (ended.exitCode === null) {
    const error = withTail(`ended by ${ended.signal}`);
    return attemptOutcome({ status: "failed", reason: "signal", error });
  }
  const error = withTail(`exit code ${ended.exitCode}`);
  return attemptOutcome({ status: "failed", reason: "exit_code", error });
}
