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

/** Diagnostics with the texts of the files that they point into, by the names that they use. */
export interface Findings {
  diagnostics: readonly Diagnostic[];
  sources: ReadonlyMap<string, string>;
}

/**
 * Those of `after` that `before` did not have already: lines may have moved, so that the rule, the
 * message and the text of the line tell them apart. Errors are always among them.
 */
export function addedDiagnostics(before: Findings, after: Findings): Diagnostic[] {
  const known = new Map<string, number>();
  for (const key of keysOf(before)) known.set(key, (known.get(key) ?? 0) + 1);
  const keys = keysOf(after);
  return after.diagnostics.filter(({ severity }, index) => {
    const key = keys[index] ?? "";
    const left = known.get(key) ?? 0;
    if (left === 0 || severity === "error") return true;
    known.set(key, left - 1);
    return false;
  });
}

function keysOf({ diagnostics, sources }: Findings): string[] {
  const cut = new Map([...sources].map(([file, text]) => [file, text.split("\n")]));
  return diagnostics.map(({ rule, file, message, line }) => {
    const text = cut.get(file)?.[line - 1]?.trim() ?? "";
    return [rule, file, message, text].join("\0");
  });
}
