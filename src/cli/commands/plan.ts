import { SchedulerError } from "../../model/errors.ts";
import type { Plan } from "../../plan/plan.ts";
import { hasChanges } from "../../plan/plan.ts";
import { applyRequest } from "../../daemon/reconciler.ts";
import { planAgainst } from "../../store/apply.ts";
import { maskPlan } from "../../views/mask.ts";
import { renderPlan } from "../../views/plan.ts";
import { buildGoodConfig } from "../build.ts";
import type { CommandContext } from "../context.ts";
import { EXIT_CHANGES, EXIT_OK } from "../exit.ts";
import type { CommandResult } from "../result.ts";
import { openSession } from "../session.ts";

/** `plan`: the difference between the file and the database. */
export async function plan(
  context: CommandContext,
  options: { detailedExitcode?: true | undefined; allowPrune?: true | undefined },
): Promise<CommandResult> {
  const built = await buildGoodConfig(context, context.locate().configFile);
  await using session = await openSession(context);
  const request = await applyRequest(built, {
    nodeId: null,
    allowPrune: options.allowPrune === true,
    cancelRunning: false,
  });
  const made = await planAgainst(session.database, request);
  const changed = options.detailedExitcode === true && hasChanges(made);
  return {
    data: maskPlan(made),
    artifactType: "list",
    title: "Plan",
    text: (view) => renderPlan(made, view),
    exitCode: changed ? EXIT_CHANGES : EXIT_OK,
    ...refusalOf(made),
  };
}

/** A refused plan is a result and a failure. */
export function refusalOf({ refusal }: Plan): { error?: SchedulerError } {
  if (refusal === null) return {};
  const { message, help } = refusal;
  return { error: new SchedulerError("prune_refused", message, { help }) };
}
