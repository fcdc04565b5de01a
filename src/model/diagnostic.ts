/** One mistake of a user, with its place and its remedy. Lines and columns count from 1. */
export interface Diagnostic {
  severity: "error" | "warning";
  /** A stable name, `room/what`: `yaml/duplicate-key`, `config/unknown-key`, `schedule/never-fires`. */
  rule: string;
  message: string;
  help: string | null;
  /** As the user named it, or relative to the working directory. */
  file: string;
  line: number;
  column: number;
  /** Exclusive. */
  endLine: number;
  endColumn: number;
}

/** Whether the file can be used: warnings do not stop it. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
