import { performance } from "node:perf_hooks";
import type { SchedulerEvent } from "../views/event.ts";
import { errorMessage } from "../model/errors.ts";

/** A problem that goes on, or comes back, is told again after this. */
const REPEAT_MS = 60_000;

/** Reports a step that failed; the same message in a row is told once a minute. */
export function problem(
  emit: (event: SchedulerEvent) => void,
  what: string,
): (error: unknown) => void {
  let last = "";
  let lastMs = -Infinity;
  return (error) => {
    const message = `${what}: ${errorMessage(error)}`;
    const nowMs = performance.now();
    if (message === last && nowMs - lastMs < REPEAT_MS) return;
    last = message;
    lastMs = nowMs;
    emit({ type: "problem", message, help: null });
  };
}
