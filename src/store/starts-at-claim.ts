import type { JobRun } from "../model/job.ts";

/** What runs in the process that claims it: nobody else can begin it. */
const IN_PROCESS: readonly JobRun["type"][] = ["builtin", "http"];

/** Whether the claim of a run is its start, so that its start needs no statement of its own. */
export function startsAtClaim({ type }: JobRun): boolean {
  return IN_PROCESS.includes(type);
}

/** The same of a row of the job `j`, in SQL. */
export const STARTS_AT_CLAIM: string = `(j.spec #>> '{run,type}') in (${IN_PROCESS.map((type) => `'${type}'`).join(", ")})`;
