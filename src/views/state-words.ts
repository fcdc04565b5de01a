import type { ExecutionStatus } from "../model/execution.ts";

/** What an execution did or does, as the verb of a sentence. */
export const STATE_WORDS: Readonly<Record<ExecutionStatus, string>> = {
  pending: "waits",
  running: "is running",
  success: "succeeded",
  failed: "failed",
  timed_out: "timed out",
  cancelled: "was cancelled",
  skipped: "was skipped",
  abandoned: "was abandoned",
};
