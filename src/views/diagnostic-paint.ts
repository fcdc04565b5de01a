import type { DiagnosticStyle } from "./diagnostics.ts";
import type { Paint, Style } from "./paint.ts";

const STYLES: Record<DiagnosticStyle, Style> = {
  error: "red",
  warning: "yellow",
  help: "cyan",
  dim: "dim",
  bold: "bold",
};

/** The colours of diagnostics. */
export function diagnosticPaint(color: Paint): (style: DiagnosticStyle, text: string) => string {
  return (style, text) => color(STYLES[style], text);
}
