import type { Budget } from "./budget.ts";
import type { BuiltinResult } from "./contract.ts";
import type { Swept } from "./sweep.ts";

/** `Deleted` and `Would delete`. */
export interface Verbs {
  did: string;
  would: string;
}

/** What a clean-up of several kinds of rows says at its end. */
export function reportSwept(
  swept: readonly Swept[],
  { enforce, budget, verbs }: { enforce: boolean; budget: Budget; verbs: Verbs },
): BuiltinResult {
  const counts = swept.map(({ nouns, found, done }) => ({ nouns, count: enforce ? done : found }));
  const told = counts.filter(({ count }) => count > 0);
  const what = told.map(({ count, nouns }) => counted(count, nouns)).join(", ");
  const message =
    told.length === 0 ? "Found nothing to do" : `${enforce ? verbs.did : verbs.would} ${what}`;
  return {
    message: [message, ...remarks(swept, { enforce, budget })].join("; "),
    ...totals(swept),
  };
}

/** What has to be said beside the counts. */
export function remarks(
  swept: readonly Swept[],
  { enforce, budget }: { enforce: boolean; budget: Budget },
): string[] {
  const { itemsFailed } = totals(swept);
  const left = swept.filter(({ finished }) => !finished).map(({ nouns }) => nouns[1]);
  return [
    ...(enforce ? [] : ["nothing was written (enforce: false)"]),
    ...(itemsFailed > 0 ? [`${itemsFailed} could not be changed, see the log`] : []),
    ...(left.length > 0 ? [`unfinished: ${left.join(", ")}, ${budget.why}`] : []),
  ];
}

/** What was found and done in all. */
export function totals(swept: readonly Swept[]): Omit<BuiltinResult, "message"> {
  return {
    itemsFound: swept.reduce((sum, { found }) => sum + found, 0),
    itemsProcessed: swept.reduce((sum, { done }) => sum + done, 0),
    itemsFailed: swept.reduce((sum, { failed }) => sum + failed, 0),
  };
}

export function counted(count: number, [one, several]: Swept["nouns"]): string {
  return `${count} ${count === 1 ? one : several}`;
}
