import { jsonText } from "./json-text.ts";
import type { LogItem } from "./logs.ts";
import { printable } from "./printable.ts";

export type LogFormat = "json" | "csv" | "jsonl";

export const LOG_FORMATS: readonly LogFormat[] = ["json", "csv", "jsonl"];

/** How entries become a text, part by part, so that no more than a part is in memory. */
export interface LogWriting {
  head: string;
  /** A part that follows another one, or is the `first`. */
  part: (items: readonly LogItem[], options: { first: boolean }) => string;
  tail: (options: { empty: boolean }) => string;
}

/**
 * The writing of a format. On a terminal, cells of CSV are made harmless; in a file they are as they
 * were written, because a program reads them. JSON is harmless in both.
 */
export function logWriting(format: LogFormat, { terminal }: { terminal: boolean }): LogWriting {
  const line = (item: LogItem): string => jsonText(item, { indent: 0 });
  switch (format) {
    case "jsonl":
      return { head: "", part: (items) => items.map(line).join(""), tail: () => "" };
    case "csv":
      return {
        head: `${COLUMNS.join(",")}\n`,
        part: (items) => items.map((item) => csvLine(item, terminal)).join(""),
        tail: () => "",
      };
    case "json":
      return {
        head: "[",
        part: (items, { first }) =>
          (first ? "\n" : ",\n") + items.map((item) => `  ${line(item).trimEnd()}`).join(",\n"),
        tail: ({ empty }) => (empty ? "]\n" : "\n]\n"),
      };
  }
}

const COLUMNS = [
  "id",
  "trace_id",
  "timestamp",
  "level",
  "module",
  "message",
  "job_name",
  "execution_id",
  "metadata",
] as const satisfies (keyof LogItem)[];

function csvLine(item: LogItem, terminal: boolean): string {
  const cells = COLUMNS.map((column) => {
    const value = item[column];
    if (value === null) return "";
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return csvCell(terminal ? printable(text) : text);
  });
  return `${cells.join(",")}\n`;
}

/** RFC 4180: what holds a comma, a quote or a line break stands in quotes, and quotes are doubled. */
function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
