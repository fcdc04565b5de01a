import type { AttemptOutcome, LogLine } from "../model/execution.ts";

/** The end of an attempt, as its owner reports it. */
export interface FinishedAttempt {
  id: string;
  fence: number;
  outcome: AttemptOutcome;
  /** The pause before the next attempt, if one is left; absent: this one was the last in any case. */
  retryAfterMs?: number;
  /** Whose it is; absent: of any job, so that it is settled together with all the others like it. */
  jobId?: string;
  /** What the log says of the end for good, written with it. */
  line?: Pick<LogLine, "at" | "level" | "message">;
}
