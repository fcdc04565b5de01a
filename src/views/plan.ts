import type { Change } from "../plan/change.ts";
import type { Drift, Plan, PlanSummary } from "../plan/plan.ts";
import { hasChanges } from "../plan/plan.ts";
import { maskPlan } from "./mask.ts";
import type { Paint } from "./paint.ts";
import { changeLines } from "./plan-change.ts";
import { printable } from "./printable.ts";
import { zonedTime } from "./schedule-times.ts";

export interface PlanViewOptions {
  color: Paint;
  /** Columns of the terminal; 100 where it is not known. */
  width?: number;
  /** Changes shown at most, the weightiest; the others are counted. All where it is not given. */
  most?: number;
}

/**
 * The plan for people, ending in a line feed: what widens permissions first, then what goes, what
 * changes and what comes, the drift, a refusal, and one line that counts. Scripts read the JSON.
 */
export function renderPlan(plan: Plan, options: PlanViewOptions): string {
  const { color, width = 100, most = Infinity } = options;
  const { changes, drift, summary, refusal } = maskPlan(plan);
  const weighty = weightiestFirst(changes);
  const left = weighty.length - most;
  const sections = [
    widenedLines(changes, color),
    ...weighty.slice(0, most).map((change) => changeLines(change, { color, width })),
    left > 0 ? [color("dim", `  … and ${left} more`)] : [],
    drift.length === 0 ? [] : driftLines(drift, color),
    refusal === null ? [] : refusalLines(refusal, color),
    [color("bold", hasChanges(plan) ? summaryLine(summary) : noChangesLine(summary))],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function widenedLines(changes: readonly Change[], color: Paint): string[] {
  const widened = changes.filter((change) => change.widened.length > 0);
  if (widened.length === 0) return [];
  const verb = widened.length === 1 ? "1 change widens" : `${widened.length} changes widen`;
  const title = `! ${verb} what a job may do:`;
  return [
    color("red", color("bold", title)),
    ...widened.map((change) => {
      const phrases = change.widened.map(printable).join(", ");
      return color("red", `  ! ${printable(change.name)}  ${phrases}`);
    }),
  ];
}

function weightiestFirst(changes: readonly Change[]): Change[] {
  return changes
    .filter((change) => change.action !== "none")
    .sort((a, b) => weightOf(a) - weightOf(b));
}

function weightOf({ action, widened }: Change): number {
  if (widened.length > 0) return 0;
  switch (action) {
    case "delete":
      return 1;
    case "update":
    case "enable":
    case "disable":
      return 2;
    case "create":
      return 3;
    case "none":
      return 4;
  }
}

function driftLines(drift: readonly Drift[], color: Paint): string[] {
  return [
    color("yellow", "Drift, set by hand:"),
    ...drift.map((entry) => {
      const reason = entry.reason === null ? "" : `: ${printable(entry.reason)}`;
      const said = `${entry.overrideEnabled ? "enabled" : "disabled"} by ${printable(entry.by)}`;
      const when = zonedTime(entry.at, "UTC");
      const against = entry.settled
        ? "the file says the same now, so the override is taken back"
        : `against the file, which says ${entry.fileEnabled ? "enabled" : "disabled"}`;
      return `  ${printable(entry.name)}  ${said} on ${when}${reason} (${against})`;
    }),
  ];
}

function refusalLines(refusal: NonNullable<Plan["refusal"]>, color: Paint): string[] {
  return [
    color("red", color("bold", `Refused: ${printable(refusal.message)}`)),
    `  help: ${printable(refusal.help)}`,
  ];
}

function summaryLine(summary: PlanSummary): string {
  const { update, enable, disable, widened, unchanged } = summary;
  const widens =
    widened === 0 ? "" : ` (${widened} ${widened === 1 ? "widens" : "widen"} permissions)`;
  const changed = `${update + enable + disable} to change${widens}`;
  return `Plan: ${summary.create} to add, ${changed}, ${summary.delete} to remove; ${unchanged} unchanged.`;
}

function noChangesLine({ unchanged }: PlanSummary): string {
  if (unchanged === 0) return "No changes. The file declares no jobs, and none are registered.";
  const jobs = unchanged === 1 ? "1 job is" : `${unchanged} jobs are`;
  return `No changes. ${jobs} as the file wants them.`;
}
