import { shortHash } from "../model/short-hash.ts";
import type { PlanSide } from "../plan/plan.ts";

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

const FULL_HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
