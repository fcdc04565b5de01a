import { hasErrors } from "../model/diagnostic.ts";
import type { Plan } from "../plan/plan.ts";
import { reportGithub } from "./report-github.ts";
import { reportMarkdown } from "./report-markdown.ts";
import { reportSarif } from "./report-sarif.ts";
import type { DocumentReporter, ReportOptions, Subject } from "./report-subject.ts";

type Write = (subject: Subject, options: ReportOptions) => string;

/** The document about a plan, ending in a line feed. A null plan says that the config has errors. */
export function reportPlan(plan: Plan | null, options: ReportOptions): string {
  return REPORTS[options.reporter]({ command: "plan", plan }, options);
}

/** The document about the files, ending in a line feed. `jobs` counts what they declare. */
export function reportCheck(jobs: number | null, options: ReportOptions): string {
  const known = hasErrors(options.diagnostics) ? null : jobs;
  return REPORTS[options.reporter]({ command: "check", jobs: known }, options);
}

const REPORTS = {
  github: reportGithub,
  sarif: reportSarif,
  markdown: reportMarkdown,
} as const satisfies Record<DocumentReporter, Write>;
