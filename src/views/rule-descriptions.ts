import { LINTS, isLint } from "../config/lints.ts";
import { MISTAKES } from "../config/mistakes.ts";
import { GRANTED_RULE, RECODED_RULE, REFUSED_RULE, WIDENED_RULE } from "./plan-findings.ts";

/** What a finding of the rule means, in one sentence; a rule of another version gets a general one. */
export function describeRule(rule: string): string {
  if (isLint(rule)) return LINTS[rule].description;
  return MISTAKES.get(rule) ?? OF_PLANS.get(rule) ?? "A mistake in the files of the schedule.";
}

const OF_PLANS = new Map([
  [WIDENED_RULE, "A registered job may do more than before."],
  [GRANTED_RULE, "A new job may do more than compute, log and return."],
  [RECODED_RULE, "A registered job runs something else than before."],
  ["config/project", "The file names another project than the one that the schedule belongs to."],
  [REFUSED_RULE, "The plan removes all registered jobs, or most of them."],
]);
