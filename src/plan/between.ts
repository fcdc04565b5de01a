import type { DesiredState } from "../model/job.ts";
import type { ObservedJob, ObservedState } from "./observed.ts";
import type { Plan } from "./plan.ts";
import { makePlan } from "./plan.ts";

/** One state of the files: what they declare, and a hash of each plugin's code by its name. */
export interface FilesState {
  /** Null where there is no file yet. */
  desired: DesiredState | null;
  codes: ReadonlyMap<string, string>;
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
  return makePlan(after.desired, observed, { ...options, codes: after.codes });
}

function asIfInForce({ desired, codes }: FilesState, nowMs: number): ObservedState {
  const jobs = desired?.jobs ?? [];
  return {
    revision: null,
    settings: desired?.settings ?? null,
    jobs: jobs.map(({ spec, specHash }): ObservedJob => {
      const code = spec.run.type === "plugin" ? (codes.get(spec.run.plugin) ?? null) : null;
      return {
        id: spec.name,
        name: spec.name,
        origin: "config",
        enabled: spec.enabled,
        specHash,
        spec,
        codeSha256: code,
        override: null,
        runtimeStatus: "running",
        crashed: null,
        anchorMs: nowMs,
        running: 0,
        pending: 0,
        nextRun: null,
      };
    }),
  };
}
