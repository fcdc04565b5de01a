import type { Change } from "../plan/change.ts";
import type { Drift, PausedJob, Plan, PlanSummary } from "../plan/plan.ts";
import { hasChanges } from "../plan/plan.ts";
import { maskedReview, maskPlan } from "./mask.ts";
import type { Paint } from "./paint.ts";
import { changeLines } from "./plan-change.ts";
import { jobCounts, widensText } from "./plan-counts.ts";
import { securityLines } from "./plan-security.ts";
import { settingsLines } from "./plan-settings.ts";
import { sidesText, unreadText } from "./plan-sides.ts";
import { printable } from "./printable.ts";
import { zonedTime } from "./schedule-times.ts";
import { timesSummary } from "./times-text.ts";

export interface PlanViewOptions {
  color: Paint;
  /** Columns of the terminal; 100 where it is not known. */
  width?: number;
  /** Changes shown at most, the weightiest; the others are counted. All where it is not given. */
  most?: number;
}

/**
 * The plan for people, ending in a line feed: what jobs may do first, then what goes, what
 * changes and what comes, the drift, a refusal, and one line that counts. Scripts read the JSON.
 * The plan comes as it is, and credentials are hidden in what is shown.
 */
export function renderPlan(plan: Plan, options: PlanViewOptions): string {
  const { color, most = Infinity } = options;
  const { security, changes, rest } = planBlocks(plan, options);
  const left = changes.length - most;
  const sections = [
    security,
    ...changes.slice(0, most),
    left > 0 ? [color("dim", `  … and ${left} more`)] : [],
    ...rest,
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** The lines of a plan in their blocks, the weightiest first; what is empty has no lines. */
interface PlanBlocks {
  /** What changes in what jobs may do. */
  security: string[];
  /** One block for each change. */
  changes: string[][];
  /** The drift, a refusal, and the line that counts. */
  rest: string[][];
}

/** The plan comes as it is, and credentials are hidden in what is shown. */
export function planBlocks(
  plan: Plan,
  { color, width = 100, most = Infinity }: PlanViewOptions,
): PlanBlocks {
  const masked = maskPlan(plan);
  const { settings, drift, paused, summary, refusal } = masked;
  const verdict = hasChanges(plan) ? summaryLine(summary) : noChangesLine(summary);
  return {
    security: securityLines(maskedReview(plan), { color, width, most }),
    changes: weightiestFirst(masked.changes).map((change) => changeLines(change, { color, width })),
    rest: [
      settingsLines(settings, color),
      drift.length === 0 ? [] : driftLines(drift, color),
      paused.length === 0 ? [] : pausedLines(paused, color),
      refusal === null ? [] : refusalLines(refusal, color),
      [...closingNotes(masked, color), color("bold", verdict)],
    ],
  };
}

/** The changes that do something, those that a reviewer must weigh before the others first. */
export function weightiestFirst(changes: readonly Change[]): Change[] {
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

function pausedLines(paused: readonly PausedJob[], color: Paint): string[] {
  return [
    color("yellow", "Drift, paused by failures:"),
    ...paused.map(({ name, at, reason, resumes }) => {
      // The reason begins with the word, as it stands alone elsewhere.
      const why = reason === null ? "" : `: ${printable(reason)}`.replace(/^: paused /, " ");
      const next = resumes
        ? "its change lets it go on"
        : `to go on: cronverge jobs enable ${printable(name)}`;
      return `  ${printable(name)}  paused on ${zonedTime(at, "UTC")}${why} (${next})`;
    }),
  ];
}

function refusalLines(refusal: NonNullable<Plan["refusal"]>, color: Paint): string[] {
  return [
    color("red", color("bold", `Refused: ${printable(refusal.message)}`)),
    `  help: ${printable(refusal.help)}`,
  ];
}

/** What was compared, and what becomes of all due times together. */
function closingNotes(plan: Plan, color: Paint): string[] {
  const times = timesSummary(plan);
  const unread = unreadText(plan);
  return [
    ...(plan.sides === null ? [] : [color("dim", sidesText(plan.sides, printable))]),
    ...(unread === "" ? [] : [color("dim", unread)]),
    ...(times === null ? [] : [times]),
  ];
}

function summaryLine(summary: PlanSummary): string {
  const { widened, unchanged } = summary;
  const [added, changed, removed] = jobCounts(summary).map(({ text }) => text);
  const widens = widened === 0 ? "" : ` (${widensText(widened)})`;
  return `Plan: ${added}, ${changed}${widens}, ${removed}; ${unchanged} unchanged.`;
}

function noChangesLine({ unchanged }: PlanSummary): string {
  if (unchanged === 0) return "No changes. The file declares no jobs, and none are registered.";
  const jobs = unchanged === 1 ? "1 job is" : `${unchanged} jobs are`;
  return `No changes. ${jobs} as the file wants them.`;
}
