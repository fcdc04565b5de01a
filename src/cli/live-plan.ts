import type { Diagnostic } from "../model/diagnostic.ts";
import { applyRequest } from "../daemon/reconciler.ts";
import type { Plan } from "../plan/plan.ts";
import { planAgainst } from "../store/apply.ts";
import { buildOnce } from "./build.ts";
import type { CommandContext } from "./context.ts";
import { writeSavedPlan } from "./saved-plan.ts";
import { openSession } from "./session.ts";

/** The plan from what is registered to what the file wants; null where the file has errors. */
export async function livePlan(
  context: CommandContext,
  options: { allowPrune?: true | undefined; horizonMs: number; out?: string | undefined },
): Promise<{
  plan: Plan | null;
  diagnostics: Diagnostic[];
  sources: ReadonlyMap<string, string>;
  configFile: string;
}> {
  const { configFile } = context.locate();
  const built = await buildOnce(configFile);
  const { desired, diagnostics, loaded } = built;
  const found = { diagnostics, sources: loaded.sources, configFile };
  if (desired === null) return { plan: null, ...found };
  await using session = await openSession(context, { known: loaded });
  const request = await applyRequest(
    { ...built, desired },
    { nodeId: null, allowPrune: options.allowPrune === true, cancelRunning: false },
  );
  const { horizonMs } = options;
  const plan = await planAgainst(session.database, request, { horizonMs });
  if (options.out !== undefined) {
    await writeSavedPlan(options.out, { plan, request, database: session.database });
  }
  return { plan, ...found };
}
