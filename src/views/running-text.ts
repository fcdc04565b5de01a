import { elapsedText } from "./elapsed.ts";
import type { ExplainedExecution } from "./explain-data.ts";

/** What follows `is running`: for how long at `now`, an instant in ISO 8601, and by which attempt. */
export function runningText(
  execution: Pick<ExplainedExecution, "started_at" | "attempt" | "max_attempts">,
  now: string,
): string {
  const { started_at, attempt, max_attempts } = execution;
  if (started_at === null) return ": a node has just taken it";
  const since = elapsedText(Math.max(0, Date.parse(now) - Date.parse(started_at)));
  return ` for ${since}${max_attempts > 1 ? `, attempt ${attempt} of ${max_attempts}` : ""}`;
}
