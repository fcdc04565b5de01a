import { SchedulerError } from "../model/errors.ts";
import type { Store } from "../store/open.ts";
import { interruptions } from "./interruptions.ts";

/**
 * Does long work on a database until it is over. Ctrl-C closes the database under it, so that the
 * server undoes what was under way; `work` has then still to put away what it had begun.
 *
 * @throws SchedulerError `interrupted`; what `work` throws
 */
export async function untilInterrupted<Result>(
  store: Store,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  using signals = interruptions();
  const { interrupt } = signals;
  interrupt.addEventListener("abort", () => void store[Symbol.asyncDispose](), { once: true });
  try {
    return await work(interrupt);
  } catch (error) {
    if (!interrupt.aborted) throw error;
    throw new SchedulerError("interrupted", "interrupted; nothing was changed", { cause: error });
  }
}
