/** What one part of the benchmark found. */
export interface PartResult {
  tables: Table[];
  findings: Finding[];
}

export interface Table {
  /** Stands above the table. */
  title: string;
  columns: string[];
  rows: string[][];
  /** Stands below it: what was measured, in whole sentences. */
  note: string;
}

/** A figure that has a limit. */
export interface Finding {
  what: string;
  /** With its unit, as it is shown. */
  measured: string;
  limit: string;
  holds: boolean;
}

/** A figure of a finding: `unit` stands behind both numbers. */
export function atMost(what: string, value: number, limit: number, unit: string): Finding {
  return {
    what,
    measured: `${figure(value)} ${unit}`,
    limit: `≤ ${figure(limit)} ${unit}`,
    holds: value <= limit,
  };
}

/** A ratio of two figures that must not be below `limit`. */
export function atLeast(what: string, ratio: number, limit: number): Finding {
  return {
    what,
    measured: `${ratio.toFixed(2)} ×`,
    limit: `≥ ${figure(limit)} ×`,
    holds: ratio >= limit,
  };
}

/** A number with about three digits that mean something, and thousands apart. */
export function figure(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : 2;
  const [whole = "0", fraction = ""] = value.toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = fraction.replace(/0+$/, "");
  return rest === "" ? grouped : `${grouped}.${rest}`;
}

/** The result as Markdown, with the blank lines that it needs around it. */
export function renderPart({ tables, findings }: PartResult): string {
  const blocks = tables.map(renderTable);
  if (findings.length > 0) blocks.push(renderFindings(findings));
  return blocks.join("\n\n");
}

function renderTable({ title, columns, rows, note }: Table): string {
  return `**${title}**\n\n${markdownTable(columns, rows)}\n\n${note}`;
}

function renderFindings(findings: readonly Finding[]): string {
  const rows = findings.map(({ what, measured, limit, holds }) => [
    what,
    measured,
    limit,
    holds ? "yes" : "**no**",
  ]);
  return markdownTable(["limit", "measured", "wanted", "holds"], rows);
}

/** Columns are as wide as their widest cell, as the formatter of this project writes them. */
export function markdownTable(columns: readonly string[], rows: readonly string[][]): string {
  const widths = columns.map((column, index) =>
    Math.max(3, column.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, index) => (cells[index] ?? "").padEnd(width)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(columns), rule, ...rows.map(line)].join("\n");
}

/**
 * The document with the text between the marks of that section replaced; the prose around it stays
 * as its authors wrote it.
 */
export function replaceSection(document: string, section: string, text: string): string {
  const begin = `<!-- bench ${section} -->`;
  const end = `<!-- end of ${section} -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`the document has no marks of the section ${section}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}
