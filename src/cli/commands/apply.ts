import { applyRequest } from "../../daemon/reconciler.ts";
import { hasChanges } from "../../plan/plan.ts";
import { applyDesired } from "../../store/apply.ts";
import { maskPlan } from "../../views/mask.ts";
import { renderPlan } from "../../views/plan.ts";
import { buildGoodConfig } from "../build.ts";
import type { CommandContext } from "../context.ts";
import type { CommandResult } from "../result.ts";
import { openSession } from "../session.ts";
import { refusalOf } from "./plan.ts";

/** `apply`: makes the database hold what the file wants, for all nodes at once, or changes nothing. */
export async function apply(
  context: CommandContext,
  options: { allowPrune?: true | undefined; cancelRunning?: true | undefined },
): Promise<CommandResult> {
  const built = await buildGoodConfig(context, context.locate().configFile);
  await using session = await openSession(context);
  const request = await applyRequest(built, {
    nodeId: null,
    allowPrune: options.allowPrune === true,
    cancelRunning: options.cancelRunning === true,
  });
  const { plan, revision } = await applyDesired(session.database, request);
  const applied = plan.refusal === null;
  const commit = request.git?.commit ?? null;
  const from = commit === null ? "" : ` (commit ${commit.slice(0, 12)})`;
  return {
    data: {
      applied,
      changed: applied && hasChanges(plan),
      revision,
      git_commit: commit,
      plan: maskPlan(plan),
    },
    artifactType: "list",
    title: "Apply",
    text: (view) =>
      applied
        ? `${renderPlan(plan, view)}\nRevision ${revision}${from} is in force.\n`
        : renderPlan(plan, view),
    ...refusalOf(plan),
  };
}
