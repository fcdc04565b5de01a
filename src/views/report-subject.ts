import type { Diagnostic } from "../model/diagnostic.ts";
import type { Plan } from "../plan/plan.ts";

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
