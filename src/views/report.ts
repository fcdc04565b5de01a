import type { Diagnostic } from "../model/diagnostic.ts";
import { hasErrors } from "../model/diagnostic.ts";
import type { Plan } from "../plan/plan.ts";
import { reportGithub } from "./report-github.ts";
import { reportMarkdown } from "./report-markdown.ts";
import { reportSarif } from "./report-sarif.ts";

/** The forms of a report that another program shows; `human` and `json` are every command's own. */
export type DocumentReporter = "github" | "sarif" | "markdown";

export interface ReportOptions {
  reporter: DocumentReporter;
  diagnostics: readonly Diagnostic[];
  /** Texts of the files that diagnostics point into, by the names that they use. */
  sources: ReadonlyMap<string, string>;
  /** The config file by the name that diagnostics use. */
  file: string;
  /** Turns such a name into a path relative to the root of the repository, with `/`. */
  pathOf: (file: string) => string;
}

/** What a document tells, whichever its form. */
export type Subject =
  | { command: "check"; jobs: number | null }
  /** Null where errors in the config leave nothing to plan. */
  | { command: "plan"; plan: Plan | null };

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
