import { applyRequest } from "../../daemon/reconciler.ts";
import { SchedulerError } from "../../model/errors.ts";
import { hasChanges } from "../../plan/plan.ts";
import type { AgreedPlan } from "../../plan/saved.ts";
import type { ApplyRequest } from "../../store/apply-request.ts";
import { applyDesired } from "../../store/apply.ts";
import { commitText } from "../../views/commit-text.ts";
import { maskPlan } from "../../views/mask.ts";
import { renderPlan } from "../../views/plan.ts";
import { printable } from "../../views/printable.ts";
import { buildGoodConfig } from "../build.ts";
import type { CommandContext } from "../context.ts";
import { refusalOf } from "../refusal.ts";
import type { CommandResult } from "../result.ts";
import { planAsJson, readSavedPlan } from "../saved-plan.ts";
import { openSession } from "../session.ts";

export interface ApplyOptions {
  /** The file of a saved plan. */
  plan?: string | undefined;
  allowPrune?: true | undefined;
  cancelRunning?: true | undefined;
}

/**
 * `apply [PLAN]`: makes the database hold what the file wants, for all nodes at once, or changes
 * nothing. With a saved plan it does what that says, or nothing.
 */
export async function apply(
  context: CommandContext,
  options: ApplyOptions,
): Promise<CommandResult> {
  const agreed = await agreedPlanOf(options);
  const built = await buildGoodConfig(context, context.locate().configFile);
  await using session = await openSession(context, { known: built.loaded, migrate: "any" });
  const request = await applyRequest(built, {
    nodeId: null,
    allowPrune: agreed?.saved.allow_prune ?? options.allowPrune === true,
    cancelRunning: options.cancelRunning === true,
  });
  const { plan, revision } = await applyDesired(session.database, {
    ...request,
    ...(agreed === null ? {} : { agreed }),
  });
  const applied = plan.refusal === null;
  return {
    data: {
      applied,
      changed: applied && hasChanges(plan),
      revision,
      applied_by: request.appliedBy,
      git_commit: request.git?.commit ?? null,
      git_dirty: request.git?.dirty ?? null,
      plan: maskPlan(plan),
    },
    artifactType: "list",
    title: "Apply",
    text: (view) =>
      applied
        ? `${renderPlan(plan, view)}\nRevision ${revision}${originText(request)} is in force.\n`
        : renderPlan(plan, view),
    ...refusalOf(plan),
  };
}

async function agreedPlanOf({ plan, allowPrune }: ApplyOptions): Promise<AgreedPlan | null> {
  if (plan === undefined) return null;
  if (allowPrune !== true) return { saved: await readSavedPlan(plan), toJson: planAsJson };
  throw new SchedulerError("usage", "a saved plan says itself whether it may remove most jobs", {
    help: "give --allow-prune to cronverge plan --out FILE",
  });
}

/** Uncommitted changes are not the work of whoever wrote the commit. */
function originText({ git, appliedBy }: ApplyRequest): string {
  if (git === null) return "";
  const by = git.dirty ? `, applied by ${printable(appliedBy)}` : "";
  return ` (${commitText({ commit: git.commit, dirty: git.dirty })}${by})`;
}
