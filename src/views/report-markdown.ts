import type { Diagnostic } from "../model/diagnostic.ts";
import { hasErrors } from "../model/diagnostic.ts";
import type { Plan } from "../plan/plan.ts";
import { hasChanges } from "../plan/plan.ts";
import type { SecurityReview } from "../plan/security.ts";
import { diagnosticCount, renderDiagnostics } from "./diagnostics.ts";
import { changedSchedules, planDetails, securityAlert } from "./markdown-plan.ts";
import {
  clipped,
  codeCell,
  codeSpan,
  fenced,
  fitting,
  folded,
  markdownTable,
} from "./markdown-text.ts";
import { maskedReview } from "./mask.ts";
import { jobCounts, widensText } from "./plan-counts.ts";
import { sidesText, unreadText } from "./plan-sides.ts";
import type { ReportOptions, Subject } from "./report-subject.ts";
import { timesSummary } from "./times-text.ts";

/** A comment of a pull request holds 65,536 characters. */
const LONGEST = 60_000;
const LONGEST_SECTION = 12_000;
const LONGEST_TEXT = 500;

/**
 * The report as a comment of a pull request, or the summary of a build. Its first line is a comment
 * of HTML by which a workflow finds the comment that it made before.
 */
export function reportMarkdown(subject: Subject, options: ReportOptions): string {
  const plan = subject.command === "plan" ? subject.plan : null;
  const parts = [
    `<!-- cronverge-${subject.command} -->`,
    ...(plan === null ? withoutPlan(subject, options.diagnostics) : withPlan(plan)),
    findingsTable(options),
  ].filter((part) => part !== "");
  let room = LONGEST - lengthOf(parts);
  const frames = framesDetails(options, Math.min(room, LONGEST_SECTION));
  room -= frames.length;
  const whole = plan === null ? "" : planDetails(plan, room);
  return `${[...parts, whole, frames].filter((part) => part !== "").join("\n\n")}\n`;
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length + 2, 0);
}

function withoutPlan(subject: Subject, diagnostics: readonly Diagnostic[]): string[] {
  const counts = diagnosticCount(diagnostics);
  if (hasErrors(diagnostics) || subject.command === "plan") {
    const said = "**Nothing will be applied.** The last good schedule stays in force.";
    return [`### Schedule ${subject.command}: ${counts}`, said];
  }
  const jobs = subject.jobs === 1 ? "1 job" : `${subject.jobs ?? 0} jobs`;
  return [`### Schedule check: ok, ${[jobs, counts].filter((text) => text !== "").join(", ")}`];
}

function withPlan(plan: Plan): string[] {
  const review = maskedReview(plan);
  return [
    `### Schedule plan: ${verdict(plan, review)}`,
    plan.refusal === null ? "" : refusalAlert(plan.refusal),
    securityAlert(review, LONGEST_SECTION),
    changedSchedules(plan, LONGEST_SECTION),
    timesSummary(plan) ?? "",
    plan.sides === null
      ? ""
      : `<sub>${[sidesText(plan.sides, sideSpan), unreadText(plan)].join(" ").trimEnd()}</sub>`,
  ];
}

function verdict(plan: Plan, review: SecurityReview): string {
  const { elsewhere, redirected, widened, granted } = review;
  const counts = jobCounts(plan.summary).filter(({ count }) => count > 0);
  const parts = counts.map(({ text }) => text);
  const { length: settings } = plan.settings;
  if (settings > 0) parts.push(settings === 1 ? "1 setting" : `${settings} settings`);
  const dangers = [
    ...(elsewhere.length > 0 ? ["the scheduler elsewhere"] : []),
    ...(redirected.length > 0 ? ["another database"] : []),
    ...(widened.length > 0 ? [widensText(widened.length)] : []),
    ...(granted.length > 0 ? [`${granted.length} new with permissions`] : []),
  ];
  const changes = hasChanges(plan) ? parts.join(", ") : "no changes";
  const refused = plan.refusal === null ? "" : "refused, ";
  return `${refused}${changes}${dangers.length > 0 ? ` — ⚠ ${dangers.join(", ")}` : ""}`;
}

function refusalAlert({ message, help }: NonNullable<Plan["refusal"]>): string {
  const lines = [
    `**Refused:** ${codeSpan(message, LONGEST_TEXT)}`,
    "",
    codeSpan(help, LONGEST_TEXT),
  ];
  return ["> [!CAUTION]", ...lines.map((line) => `> ${line}`)].join("\n");
}

function sideSpan(text: string): string {
  return codeSpan(text, LONGEST_TEXT);
}

/** Errors first; each with its remedy. */
function findingsTable({ diagnostics, pathOf }: ReportOptions): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const warnings = diagnostics.filter(({ severity }) => severity === "warning");
  const rows = [...errors, ...warnings].map((found) => {
    const { severity, rule, message, help, file, line, column } = found;
    return [
      severity === "error" ? "❌ error" : "⚠ warning",
      codeCell(`${pathOf(file)}:${line}:${column}`, LONGEST_TEXT),
      codeCell(rule, LONGEST_TEXT),
      codeCell(message, LONGEST_TEXT),
      help === null ? "" : codeCell(help, LONGEST_TEXT),
    ];
  });
  const lines = markdownTable(["", "Place", "Rule", "Message", "Help"], rows);
  const more = (left: number): string => `\n… and ${left} more`;
  return fitting(lines, { budget: LONGEST_SECTION, more }).join("\n");
}

/** The lines of the files around each finding, as `check` shows them to a person. */
function framesDetails({ diagnostics, sources }: ReportOptions, room: number): string {
  if (diagnostics.length === 0) return "";
  const text = renderDiagnostics(diagnostics, { sources, color: (_style, shown) => shown });
  const more = (left: number): string => `… and ${left} more lines`;
  const all = text
    .trimEnd()
    .split("\n")
    .map((line) => clipped(line, LONGEST_TEXT));
  const lines = fitting(all, { budget: room - FRAME_LENGTH, more });
  return folded("In the files", fenced(lines, "text"));
}

/** What stands around the lines: the fold, and a fence longer than any in it. */
const FRAME_LENGTH: number = 2 * LONGEST_TEXT + 300;
