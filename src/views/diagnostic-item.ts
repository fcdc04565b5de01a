import type { Diagnostic } from "../model/diagnostic.ts";

/** A diagnostic in JSON. Lines and columns count from 1; the end is exclusive. */
export interface DiagnosticItem extends Omit<Diagnostic, "endLine" | "endColumn"> {
  end_line: number;
  end_column: number;
}

export function toDiagnosticItem({ endLine, endColumn, ...rest }: Diagnostic): DiagnosticItem {
  return { ...rest, end_line: endLine, end_column: endColumn };
}
