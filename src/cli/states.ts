import { SchedulerError } from "../model/errors.ts";
import type { ExecutionStatus, JobStatus } from "../model/execution.ts";
import { seedStatus, statesOf } from "../model/execution.ts";

const ORDER: Record<ExecutionStatus, true> = {
  pending: true,
  running: true,
  success: true,
  failed: true,
  timed_out: true,
  cancelled: true,
  abandoned: true,
  skipped: true,
};

const STATES = Object.keys(ORDER) as ExecutionStatus[];
const WORDS: readonly JobStatus[] = ["success", "failed", "running"];

/** What `--status` may be. */
export const STATUS_WORDS: readonly string[] = [...new Set([...WORDS, ...STATES])];

/** Every state but `skipped`, which is shown only when it is named. */
export const SHOWN_STATES: ExecutionStatus[] = STATES.filter((state) => seedStatus(state) !== null);

/**
 * The states that a `--status` selects: one of the seeds' three words, or an exact state.
 *
 * @throws SchedulerError `usage`
 */
export function selectStates(text: string | undefined): ExecutionStatus[] {
  if (text === undefined) return SHOWN_STATES;
  const wanted = text.toLowerCase().replaceAll("-", "_");
  const word = WORDS.find((known) => known === wanted);
  if (word !== undefined) return statesOf(word);
  const state = STATES.find((known) => known === wanted);
  if (state !== undefined) return [state];
  throw new SchedulerError("usage", `unknown status '${text}'`, {
    help: `it is one of ${STATUS_WORDS.join(", ")}`,
  });
}
