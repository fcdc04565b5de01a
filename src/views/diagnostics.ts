import stringWidth from "string-width";
import { CREDENTIAL_RULE } from "../config/check-credentials.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { starLine, starStretch } from "./mask-text.ts";
import { logLine, printable } from "./printable.ts";

export type DiagnosticStyle = "error" | "warning" | "help" | "dim" | "bold";

/**
 * Diagnostics for people: place and rule, message, the lines around with a caret under what is
 * wrong, the remedy, and a closing count. `sources` has the texts of the files by the names that
 * the diagnostics use; a file that is not in it is shown without its lines. Empty for none.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: {
    sources: ReadonlyMap<string, string>;
    color: (style: DiagnosticStyle, text: string) => string;
  },
): string {
  if (diagnostics.length === 0) return "";
  const sources = hideCredentials(diagnostics, options.sources);
  const blocks = diagnostics.map((diagnostic) => {
    const lines = sources.get(diagnostic.file);
    const frame = lines === undefined ? [] : codeFrame(diagnostic, { lines, color: options.color });
    return [...head(diagnostic, options.color), ...frame, ...help(diagnostic, options.color), ""];
  });
  return [...blocks.flat(), diagnosticCount(diagnostics), ""].join("\n");
}

/** `2 errors, 1 warning`. */
export function diagnosticCount(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const counts: [number, string][] = [
    [errors, "error"],
    [diagnostics.length - errors, "warning"],
  ];
  return counts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}${count === 1 ? "" : "s"}`)
    .join(", ");
}

type Color = (style: DiagnosticStyle, text: string) => string;

/** Lines of one file, cut once, however many diagnostics point into it. */
type Lines = readonly string[];

function head(diagnostic: Diagnostic, color: Color): string[] {
  const { file, line, column, severity, rule, message } = diagnostic;
  const place = color("bold", `${printable(file)}:${line}:${column}`);
  return [`${place}  ${color(severity, severity)}  ${color("dim", rule)}`, logLine(`  ${message}`)];
}

function help(diagnostic: Diagnostic, color: Color): string[] {
  if (diagnostic.help === null) return [];
  return [`  ${color("help", "help:")} ${printable(diagnostic.help)}`];
}

/** The line, the one before and the one after; none for a place that is not in the text. */
function codeFrame(
  diagnostic: Diagnostic,
  { lines, color }: { lines: Lines; color: Color },
): string[] {
  const { line } = diagnostic;
  const wrong = lines[line - 1];
  if (wrong === undefined || (lines.length === 1 && wrong === "")) return [];
  const numbers = [line - 1, line, line + 1].filter((number) => lines[number - 1] !== undefined);
  const shown = numbers.filter((number) => number !== lines.length || lines[number - 1] !== "");
  const width = String(Math.max(...shown)).length;
  const cut = cutBefore(diagnostic, wrong);
  const frame = shown.flatMap((number) => {
    const mark = number === line ? color(diagnostic.severity, ">") : " ";
    const gutter = color("dim", `${String(number).padStart(width)} │`);
    const text = clipped(lines[number - 1] ?? "", number === line ? cut : 0);
    if (number !== line) return [`${mark} ${gutter} ${text}`.trimEnd()];
    const under = color("dim", `${" ".repeat(width)} │`);
    return [
      `${mark} ${gutter} ${text}`.trimEnd(),
      `  ${under} ${color(diagnostic.severity, caret(diagnostic, { text: wrong, cut }))}`,
    ];
  });
  return ["", ...frame];
}

const LONGEST_LINE = 200;

/** How much of a long line is left out in front, so that what is wrong in it is in sight. */
function cutBefore({ column }: Diagnostic, text: string): number {
  return text.length > LONGEST_LINE ? Math.max(0, column - LONGEST_LINE / 2) : 0;
}

function clipped(line: string, cut: number): string {
  const text = line.slice(cut);
  const end = text.length > LONGEST_LINE ? "…" : "";
  return `${cut > 0 ? "…" : ""}${printable(text.slice(0, LONGEST_LINE))}${end}`;
}

/** Carets under the columns that the characters fill on a terminal: some fill two, some are escaped. */
function caret(
  { line, column, endLine, endColumn }: Diagnostic,
  { text, cut }: { text: string; cut: number },
): string {
  const start = column - 1;
  const end = Math.min(endLine === line ? endColumn - 1 : text.length, cut + LONGEST_LINE);
  const before = stringWidth(printable(text.slice(cut, start))) + (cut > 0 ? 1 : 0);
  const width = stringWidth(printable(text.slice(start, end).trimEnd()));
  return " ".repeat(before) + "^".repeat(Math.max(1, width));
}

/** A credential in the file must not get into a build log by way of the line that warns of it. */
function hideCredentials(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
): Map<string, Lines> {
  const cut = new Map<string, string[]>();
  for (const [file, text] of sources) cut.set(file, text.split(/\r?\n/));
  for (const [file, lines] of cut) {
    // Whatever is wrong with a line or beside it, and even where the rule is off.
    const shown = diagnostics.flatMap(({ file: of, line }) => {
      return of === file ? [line - 1, line, line + 1] : [];
    });
    for (const number of new Set(shown)) {
      const text = lines[number - 1];
      if (text !== undefined) lines[number - 1] = starLine(text);
    }
  }
  for (const { rule, file, line, column, endLine, endColumn } of diagnostics) {
    const lines = cut.get(file);
    if (rule !== CREDENTIAL_RULE || lines === undefined) continue;
    for (let number = line; number <= endLine; number += 1) {
      const text = lines[number - 1] ?? "";
      const start = number === line ? column - 1 : 0;
      const end = number === endLine ? endColumn - 1 : text.length;
      const known = line === endLine && isStarredCommand(text, { start, end });
      if (!known) lines[number - 1] = starStretch(text, { start, end });
    }
  }
  return cut;
}

/** The rest of a command is what a reviewer must see. Any other value may be secret as a whole. */
function isStarredCommand(line: string, { start, end }: { start: number; end: number }): boolean {
  const isCommand = /command["']?\s*:\s*["']?$/.test(line.slice(0, start));
  return isCommand && line.slice(start, end).includes("***");
}
