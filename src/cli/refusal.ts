import { SchedulerError } from "../model/errors.ts";
import type { Plan } from "../plan/plan.ts";
import type { CommandResult } from "./result.ts";

/** What a refused plan adds to the result of a command: it is a result and a failure. */
export function refusalOf({ refusal }: Plan): Pick<CommandResult, "error"> {
  if (refusal === null) return {};
  const { message, help } = refusal;
  return { error: new SchedulerError("prune_refused", message, { help }) };
}
