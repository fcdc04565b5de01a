import type { Diagnostic } from "../model/diagnostic.ts";
import { addedDiagnostics } from "../model/diagnostic.ts";
import { GitObjects } from "../execute/git-objects.ts";
import { planBetween } from "../plan/between.ts";
import { withCodeFiles } from "../plan/code-files.ts";
import { withFireTimes } from "../plan/fire-times.ts";
import type { Plan, PlanSides } from "../plan/plan.ts";
import { loadsFurther } from "../plan/unfollowed.ts";
import type { LoadedConfig } from "../source/load.ts";
import { codeHashes, codeOf } from "./review-code.ts";
import type { Sides } from "./review-sides.ts";
import { findReviewedFile, findSides, loadEarlier, loadLater } from "./review-sides.ts";

/** What a reviewer is shown: the plan from one state of the files to another. */
export interface Review {
  /** Null where the later side has errors. */
  plan: Plan | null;
  /** Of the later side: all errors, and the warnings that the earlier side did not have. */
  diagnostics: Diagnostic[];
  loaded: LoadedConfig;
}

export interface ReviewOptions extends Sides {
  displayName: string;
  nowMs: number;
  horizonMs: number;
  allowPrune: boolean;
}

/**
 * Compares two states of a config and its code without a database, and without running, bundling,
 * writing or fetching anything: commits are read as git stores them.
 */
export async function review(configFile: string, options: ReviewOptions): Promise<Review> {
  const { nowMs, horizonMs, allowPrune } = options;
  const file = await findReviewedFile(configFile, options);
  const sides = await findSides(file.root, options);
  await using objects = new GitObjects(file.root);
  const earlier = await loadEarlier(sides.from, { file, objects });
  const later = await loadLater(sides.to, { file, objects, previous: earlier.loaded });
  const { desired } = later.loaded;
  const diagnostics = addedDiagnostics(earlier.loaded, later.loaded);
  if (desired === null) return { plan: null, diagnostics, loaded: later.loaded };
  const before = await codeOf(earlier, file.root);
  const after = await codeOf(later, file.root);
  const hashes = codeHashes(before, after);
  const compared = planBetween(
    { desired: earlier.loaded.desired, codeOf: hashes.before },
    { desired, codeOf: hashes.after },
    { nowMs, allowPrune },
  );
  const withCode = withCodeFiles(compared, { before, after });
  const timed = withFireTimes(withCode, {
    nowMs,
    horizonMs,
    timezone: desired.settings.timezone,
  });
  const sidesShown: PlanSides = { from: earlier.side, to: later.side };
  if (desired.jobs.some(({ spec }) => loadsFurther(spec, after.named))) {
    sidesShown.loadsFurther = true;
  }
  const plan = { ...timed, sides: sidesShown };
  return { plan, diagnostics, loaded: later.loaded };
}
