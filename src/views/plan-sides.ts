import { shortHash } from "../model/short-hash.ts";
import type { Plan, PlanSide } from "../plan/plan.ts";
import { hasChanges } from "../plan/plan.ts";

/** What was compared, in one sentence; `quote` makes a text of the user harmless. */
export function sidesText(
  { from, to }: { from: PlanSide; to: PlanSide },
  quote: (text: string) => string,
): string {
  const [before, after] = [from, to].map(({ name, commit, note }) => {
    // A build server names a commit by its hash, which need not be said twice.
    const said = FULL_HASH.test(name) ? shortHash(name) : name;
    const at = commit === null || name === commit ? "" : ` at ${quote(shortHash(commit))}`;
    return `${quote(said)}${at}${note === null ? "" : ` (${quote(note)})`}`;
  });
  return `From ${before} to ${after}.`;
}

/**
 * What the comparison leaves out, as a sentence; empty where that is nothing, and where the plan has
 * changes, but none of a job that starts a command.
 */
export function unreadText(plan: Plan): string {
  if (plan.sides?.loadsFurther !== true) return "";
  const concerned = plan.changes.some(({ after }) => {
    return after?.run.type === "command" || after?.onFailure?.type === "command";
  });
  return concerned || !hasChanges(plan) ? UNREAD : "";
}

const UNREAD = "Not compared: what commands load further, such as imports and targets of make.";

const FULL_HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
