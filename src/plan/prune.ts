import type { DesiredState } from "../model/job.ts";
import type { ObservedJob, ObservedState } from "./observed.ts";

const NAMES_SHOWN = 10;

/**
 * Why a plan that removes all registered jobs of the file, or more than half of four or more, is
 * refused: such a plan is more often a lost file than a wish.
 */
export function pruneRefusal(
  desired: DesiredState,
  observed: ObservedState,
  removed: readonly ObservedJob[],
): { message: string; help: string } | null {
  const registered = observed.jobs.filter((job) => job.origin === "config").length;
  const empties = desired.jobs.length === 0 && registered > 0;
  const guts = registered >= 4 && removed.length * 2 > registered;
  if (!empties && !guts) return null;
  const names = removed.slice(0, NAMES_SHOWN).map((job) => job.name);
  if (removed.length > NAMES_SHOWN) names.push(`and ${removed.length - NAMES_SHOWN} more`);
  const amount = empties ? `all ${registered}` : `${removed.length} of ${registered}`;
  return {
    message: empties
      ? `the file declares no jobs, and applying it would remove ${amount} that are registered`
      : `the file would remove ${amount} registered jobs`,
    help: `if this is meant, apply it with --allow-prune; it removes ${names.join(", ")}`,
  };
}
