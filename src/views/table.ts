import stringWidth from "string-width";
import type { Paint, Style } from "./paint.ts";
import { printable } from "./printable.ts";

export interface Cell {
  text: string;
  style?: Style | undefined;
}

export interface Column<Row> {
  title: string;
  /** Null: nothing to show. */
  cell: (row: Row) => Cell | string | null;
}

/**
 * Rows under one line of titles, every column as wide as its widest cell, ending in a line feed.
 * Every text is made printable.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  options: { columns: readonly Column<Row>[]; color: Paint },
): string {
  const { columns, color } = options;
  const lines = [
    columns.map(({ title }): Cell => ({ text: title, style: "bold" })),
    ...rows.map((row) => columns.map((column) => toCell(column.cell(row)))),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((cells) => stringWidth(cells[index]?.text ?? ""))),
  );
  return lines.map((cells) => `${joinCells(cells, { widths, color })}\n`).join("");
}

/** Labels and values below each other; a null value is left out, further lines are indented. */
export function renderFields(
  fields: readonly (readonly [string, Cell | string | null])[],
  options: { color: Paint; indent?: string },
): string {
  const { color, indent = "" } = options;
  const shown = fields.filter(([, value]) => value !== null);
  const width = Math.max(...shown.map(([label]) => stringWidth(label)));
  const margin = `\n${indent}${" ".repeat(width + 2)}`;
  return shown
    .map(([label, value]) => {
      const { text, style } = typeof value === "string" ? { text: value } : (value ?? { text: "" });
      const lines = text
        .split("\n")
        .map((line) => paintCell({ text: printable(line), style }, color));
      return `${indent}${color("bold", padded(label, width))}  ${lines.join(margin)}\n`;
    })
    .join("");
}

/** The first line of a text that may have many, for a cell of a table. */
export function firstLine(text: string | null): string | null {
  return text === null ? null : (text.split("\n", 1)[0] ?? null);
}

function joinCells(cells: Cell[], options: { widths: number[]; color: Paint }): string {
  const lastFilled = cells.findLastIndex((cell) => cell.text !== "");
  return cells
    .slice(0, lastFilled + 1)
    .map(({ text, style }, index) => {
      const filled = index === lastFilled ? text : padded(text, options.widths[index] ?? 0);
      return paintCell({ text: filled, style }, options.color);
    })
    .join("   ");
}

function toCell(cell: Cell | string | null): Cell {
  if (cell === null) return { text: "-", style: "dim" };
  if (typeof cell === "string") return { text: printable(cell) };
  return { text: printable(cell.text), style: cell.style };
}

function paintCell({ text, style }: Cell, color: Paint): string {
  return style === undefined ? text : color(style, text);
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}
