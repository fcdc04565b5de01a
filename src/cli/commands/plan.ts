import { hasErrors } from "../../model/diagnostic.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { SchedulerError } from "../../model/errors.ts";
import type { Plan } from "../../plan/plan.ts";
import { hasChanges } from "../../plan/plan.ts";
import { reviewSecurity, widensAnything } from "../../plan/security.ts";
import { InvalidConfig } from "../../source/invalid-config.ts";
import { maskPlan } from "../../views/mask.ts";
import { renderPlan } from "../../views/plan.ts";
import { printable } from "../../views/printable.ts";
import type { CommandContext } from "../context.ts";
import { displayName } from "../context.ts";
import { EXIT_CHANGES, EXIT_FAILED, EXIT_OK } from "../exit.ts";
import { printFindings } from "../output.ts";
import { refusalOf } from "../refusal.ts";
import type { Reporter } from "../reporter.ts";
import { documentReporter, reportOptions } from "../reporter.ts";
import type { CommandResult } from "../result.ts";
import type { Sides } from "../review-sides.ts";

export interface PlanOptions extends Sides {
  reporter?: Reporter | undefined;
  /** ms; 30 days if absent. */
  horizon?: number | undefined;
  detailedExitcode?: true | undefined;
  denyWidening?: true | undefined;
  allowPrune?: true | undefined;
  /** Where the plan is saved for `apply FILE`. */
  out?: string | undefined;
}

/** A plan, or the mistakes for which there is none. */
interface Planned {
  plan: Plan | null;
  diagnostics: Diagnostic[];
  sources: ReadonlyMap<string, string>;
  configFile: string;
}

/**
 * `plan`: the difference between the file and the database; with `--against` or `--from` that
 * between two states of the files, which needs no database.
 */
export async function plan(context: CommandContext, options: PlanOptions): Promise<CommandResult> {
  const reporter = documentReporter(options.reporter, context);
  const planned = await makePlanned(context, options);
  const { diagnostics, sources, configFile } = planned;
  if (planned.plan === null && reporter === null) throw new InvalidConfig(planned);
  if (reporter !== null) {
    const { reportPlan } = await import("../../views/report.ts");
    const file = displayName(configFile);
    const given = reportOptions({ reporter, diagnostics, sources, file });
    const document = reportPlan(planned.plan, given);
    return { ...resultOf(planned, options), text: () => document };
  }
  // Warnings do not stop a plan, so they are said beside it.
  if (!hasErrors(diagnostics)) await printFindings(planned, context);
  return resultOf(planned, options);
}

async function makePlanned(context: CommandContext, options: PlanOptions): Promise<Planned> {
  const { against, from, to, horizon: horizonMs = HORIZON_MS } = options;
  const offline = against !== undefined || from !== undefined || to !== undefined;
  if (!offline)
    return (await import("../live-plan.ts")).livePlan(context, { ...options, horizonMs });
  if (options.out !== undefined) {
    throw new SchedulerError("usage", "--out saves a plan for a database, not one of two commits", {
      help: "leave out --against, --from and --to, or --out",
    });
  }
  const { review } = await import("../review.ts");
  const { configFile } = context.locate();
  const {
    plan: made,
    diagnostics,
    loaded,
  } = await review(configFile, {
    ...options,
    displayName: displayName(configFile),
    nowMs: Date.now(),
    horizonMs,
    allowPrune: options.allowPrune === true,
  });
  return { plan: made, diagnostics, sources: loaded.sources, configFile };
}

function resultOf(planned: Planned, options: PlanOptions): CommandResult {
  const { plan: made } = planned;
  const about = { artifactType: "list", title: "Plan" } as const;
  if (made === null) return { ...about, data: {}, text: () => "", exitCode: EXIT_FAILED };
  const changed = options.detailedExitcode === true && hasChanges(made);
  const error = refusalOf(made).error ?? deniedWidening(made, options);
  return {
    ...about,
    data: maskPlan(made),
    text: (view) => renderPlan(made, view) + savedText(made, options),
    exitCode: changed ? EXIT_CHANGES : EXIT_OK,
    ...(error === undefined ? {} : { error }),
  };
}

/** A refused plan is not saved: nobody may apply it. */
function savedText({ refusal }: Plan, { out }: PlanOptions): string {
  if (out === undefined || refusal !== null) return "";
  return `\nSaved. Apply it with: cronverge apply ${printable(out)}\n`;
}

function deniedWidening(made: Plan, { denyWidening }: PlanOptions): SchedulerError | undefined {
  if (denyWidening !== true || !widensAnything(made)) return undefined;
  const { elsewhere, redirected, widened, granted } = reviewSecurity(made);
  const names = [
    ...(elsewhere.length > 0 ? ["the scheduler itself"] : []),
    ...[...widened, ...granted].map(({ name }) => name),
    ...redirected.map(({ name }) => `jobs with the database ${name}`),
  ];
  const who = names.length > NAMES_SHOWN ? `${names.length} jobs` : names.join(", ");
  return new SchedulerError("widening_denied", `the plan lets ${who} do more than before`, {
    help: "have it reviewed by somebody who may grant that, and plan without --deny-widening",
  });
}

const NAMES_SHOWN = 5;
const HORIZON_MS = 30 * 86_400_000;
