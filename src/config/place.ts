import type { Diagnostic } from "../model/diagnostic.ts";

/** Keys and indexes that lead from the root of the file to a value. */
export type Path = readonly (string | number)[];

/** Offsets in a text, in UTF-16 code units; `end` is exclusive. */
export interface Span {
  start: number;
  end: number;
}

/** A mistake before it has a line and column. */
export interface Finding {
  severity: Diagnostic["severity"];
  rule: string;
  message: string;
  help: string | null;
}

/** A mistake that is known by the path of what it is about: at its key, or at its value. */
export interface PathFinding extends Finding {
  path: Path;
  part: "key" | "value";
}

/** An error about the value at `path`. */
export function errorAt(
  path: Path,
  found: { rule: string; message: string; help?: string | null; part?: "key" | "value" },
): PathFinding {
  const { rule, message, help = null, part = "value" } = found;
  // A value of a megabyte is cut, whichever check put it into its message.
  const short =
    message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
  return { severity: "error", rule, message: short, help, path, part };
}

const LONGEST_MESSAGE = 500;

/** A warning about the value at `path`. */
export function warningAt(path: Path, found: Parameters<typeof errorAt>[1]): PathFinding {
  return { ...errorAt(path, found), severity: "warning" };
}

/** `jobs.report.timeout`, `jobs.report.command[1]`, as messages name a value. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    return text === "" ? segment : `${text}.${segment}`;
  }, "");
}

/** Gives findings their lines and columns. The table of lines is made at the first use. */
export class LineTable {
  readonly #file: string;
  readonly #text: string;
  #starts: number[] | null = null;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  /** 1-based line and column of an offset; columns count UTF-16 code units, as editors do. */
  at(offset: number): { line: number; column: number } {
    const starts = (this.#starts ??= lineStarts(this.#text));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  diagnostic(finding: Finding, span: Span): Diagnostic {
    const { severity, rule, message, help } = finding;
    const start = this.at(span.start);
    const end = this.at(Math.max(span.start + 1, span.end));
    return {
      severity,
      rule,
      message,
      help,
      file: this.#file,
      ...start,
      endLine: end.line,
      endColumn: end.column,
    };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
