import { hasErrors } from "../model/diagnostic.ts";
import { renderDiagnostics } from "./diagnostics.ts";
import type { Finding } from "./finding.ts";
import { findingText } from "./finding.ts";
import { planFindings } from "./plan-findings.ts";
import { renderPlan } from "./plan.ts";
import { logLine, printable } from "./printable.ts";
import type { ReportOptions, Subject } from "./report-subject.ts";

/** GitHub shows no more of a kind for one step of a workflow. */
const MOST_ANNOTATIONS = 10;

/**
 * The report as commands of a GitHub workflow, each of which becomes a note beside a line of the
 * pull request, and below them the report for people. What a user wrote is data of a command or the
 * text of a line, and never a command.
 */
export function reportGithub(subject: Subject, options: ReportOptions): string {
  const { diagnostics, file } = options;
  const plan = subject.command === "plan" ? subject.plan : null;
  const findings = [...(plan === null ? [] : planFindings(plan, file)), ...diagnostics];
  const lines = textOf(subject, options).trimEnd().split("\n").map(logLine);
  return [
    ...annotations(findings, "error", options),
    ...annotations(findings, "warning", options),
    ...annotations(findings, "note", options),
    ...lines,
    "",
  ].join("\n");
}

function textOf(subject: Subject, { diagnostics, sources, file }: ReportOptions): string {
  const color = (_style: string, text: string): string => text;
  const found = renderDiagnostics(diagnostics, { sources, color });
  if (subject.command === "plan") {
    return subject.plan === null ? found : `${found}\n${renderPlan(subject.plan, { color })}`;
  }
  const jobs = `${subject.jobs} ${subject.jobs === 1 ? "job" : "jobs"}`;
  return hasErrors(diagnostics) ? found : `${found}\nok  ${file}: ${jobs}`;
}

function annotations(
  findings: readonly Finding[],
  severity: Finding["severity"],
  { pathOf, file }: ReportOptions,
): string[] {
  const fitting = findings.filter((finding) => finding.severity === severity);
  const most = fitting.length > MOST_ANNOTATIONS ? MOST_ANNOTATIONS - 1 : MOST_ANNOTATIONS;
  const lines = fitting.slice(0, most).map((finding) => annotation(finding, pathOf));
  const left = fitting.length - most;
  if (left > 0) {
    const title = `title=${property(`and ${left} more`)}`;
    const where = `file=${property(pathOf(file))}`;
    lines.push(
      `::${COMMANDS[severity]} ${title},${where}::${data(`${left} more; the log of this step has all of them`)}`,
    );
  }
  return lines;
}

const COMMANDS: Record<Finding["severity"], string> = {
  error: "error",
  warning: "warning",
  note: "notice",
};

function annotation(finding: Finding, pathOf: ReportOptions["pathOf"]): string {
  const { severity, rule, file, line, endLine, column, endColumn } = finding;
  const properties: [string, string | number][] = [
    ["title", rule],
    ["file", pathOf(file)],
    ["line", line],
    ["endLine", endLine],
  ];
  // GitHub takes columns only for a place on one line.
  if (line === endLine) properties.push(["col", column], ["endColumn", endColumn]);
  const shown = properties.map(([name, value]) => `${name}=${property(String(value))}`);
  return `::${COMMANDS[severity]} ${shown.join(",")}::${data(findingText(finding))}`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(printable(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
