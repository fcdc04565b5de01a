import type { DesiredState, JobSpec } from "../model/job.ts";
import type { ObservedState } from "./observed.ts";
import { observedAs } from "./observed.ts";
import type { Plan } from "./plan.ts";
import { makePlan } from "./plan.ts";

/** One state of the files. */
export interface FilesState {
  /** Null where there is no file yet. */
  desired: DesiredState | null;
  /** A hash of all the code of a job. */
  codeOf: (spec: JobSpec) => string | null;
}

/**
 * The plan that leads from one state of the files to another, as if all of the first were in force:
 * what a merge does, as far as files can tell. Executions and overrides are not known here.
 */
export function planBetween(
  before: FilesState,
  after: FilesState & { desired: DesiredState },
  options: { nowMs: number; allowPrune: boolean },
): Plan {
  const observed = asIfInForce(before, options.nowMs);
  return makePlan(after.desired, observed, {
    ...options,
    codes: new Map(),
    codeOf: after.codeOf,
  });
}

function asIfInForce({ desired, codeOf }: FilesState, nowMs: number): ObservedState {
  const jobs = desired?.jobs ?? [];
  return {
    revision: null,
    settings: desired?.settings ?? null,
    jobs: jobs.map(({ spec, specHash }) =>
      observedAs(spec, { specHash, codeSha256: codeOf(spec), nowMs }),
    ),
  };
}
