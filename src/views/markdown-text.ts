import { printable } from "./printable.ts";

/**
 * `text` as a code span of one line, whatever is in it. Nothing in a code span is markup, HTML, a
 * mention of a person or a link to an issue, so that is where all text goes that a user wrote.
 */
export function codeSpan(text: string, most: number = Infinity): string {
  const shown = clipped(printable(text), most);
  if (shown.trim() === "") return "(nothing)";
  const fence = "`".repeat(longestRun(shown) + 1);
  const pad = /^`|`$|^ .* $/.test(shown) ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/**
 * The same for a cell of a table. There a `|` ends the cell, even in code and whatever stands before
 * it, so it is put between the spans, as a reference, which is never structure.
 */
export function codeCell(text: string, most: number = Infinity): string {
  const parts = clipped(printable(text), most).split("|");
  if (parts.length === 1) return codeSpan(text, most);
  return parts.map((part) => (part.trim() === "" ? "" : codeSpan(part))).join("&#124;");
}

/** Words of ours, or text that turns out to be no more than words; all else as code. */
export function plainCell(text: string): string {
  return /^[A-Za-z0-9 ,:;()+→−-]*$/.test(text) ? text : codeCell(text);
}

/** A block of lines that nothing in them can close. */
export function fenced(lines: readonly string[], language: string): string {
  const shown = lines.map(printable);
  const fence = "`".repeat(Math.max(3, ...shown.map((line) => longestRun(line) + 1)));
  return [`${fence}${language}`, ...shown, fence].join("\n");
}

/** A table of cells that are markdown already; nothing without rows. */
export function markdownTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line)];
}

/** Folded until somebody opens it. `summary` is our own text. */
export function folded(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}

/**
 * As many of `lines` as fit into `budget` characters, and a last one that `more` makes of the
 * number of those that do not.
 */
export function fitting(
  lines: readonly string[],
  { budget, more }: { budget: number; more: (left: number) => string },
): string[] {
  let size = 0;
  const count = lines.findIndex((line) => {
    size += line.length + 1;
    return size > budget;
  });
  return count < 0 ? [...lines] : [...lines.slice(0, count), more(lines.length - count)];
}

/** The text, or the start of it with a mark. */
export function clipped(text: string, most: number): string {
  // Half of a character that UTF-16 writes as two is none.
  return text.length > most ? `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "")}…` : text;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
