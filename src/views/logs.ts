import type { LogLevel } from "../model/execution.ts";
import type { JsonValue } from "../model/json.ts";
import type { Paint, Style } from "./paint.ts";
import { printable } from "./printable.ts";
import { zonedTime } from "./schedule-times.ts";
import { renderFields } from "./table.ts";

/** One line in the JSON of `logs view` and `logs search`. */
export interface LogItem {
  id: number;
  trace_id: string | null;
  /** ISO 8601 in UTC. */
  timestamp: string;
  level: Uppercase<LogLevel>;
  module: string;
  message: string;
  metadata: JsonValue;
  job_name: string | null;
  execution_id: string | null;
}

export interface LogsData {
  entries: LogItem[];
  total: number;
}

export interface LogViewOptions {
  color: Paint;
  /** The zone that a job's times are shown in; null is a line of no job. */
  zoneOf: (jobName: string | null) => string;
}

const LEVEL_STYLES: Record<LogItem["level"], Style | null> = {
  DEBUG: "dim",
  INFO: null,
  WARN: "yellow",
  ERROR: "red",
};

/** The lines, the oldest first. */
export function renderLogs(data: LogsData, options: LogViewOptions): string {
  if (data.entries.length === 0) return "No log entries match.\n";
  return data.entries.map((item) => renderLogLine(item, options)).join("");
}

/** `2026-11-21 03:30:01.123 +01:00 INFO  hello  message {metadata}`. */
export function renderLogLine(item: LogItem, { color, zoneOf }: LogViewOptions): string {
  const time = Temporal.Instant.from(item.timestamp)
    .toZonedDateTimeISO(zoneOf(item.job_name))
    .toString({ timeZoneName: "never", fractionalSecondDigits: 3 })
    .replace("T", " ")
    .replace(/([+-]\d\d:\d\d)$/, " $1");
  const style = LEVEL_STYLES[item.level];
  const level = item.level.padEnd(5);
  const source = printable(item.job_name ?? item.module);
  const metadata = item.metadata === null ? "" : printable(` ${JSON.stringify(item.metadata)}`);
  // A message with lines of its own must not look like entries of the log.
  const message = item.message.split("\n").map(printable).join("\n    ");
  return [
    color("dim", time),
    style === null ? level : color(style, level),
    color("cyan", source),
    `${message}${metadata === "" ? "" : color("dim", metadata)}\n`,
  ].join("  ");
}

/** One entry with all that is known of it, a field a line. */
export function renderLogDetails(item: LogItem, { color, zoneOf }: LogViewOptions): string {
  const { level } = item;
  return renderFields(
    [
      ["Id", String(item.id)],
      ["Time", zonedTime(item.timestamp, zoneOf(item.job_name))],
      ["Level", { text: level, style: LEVEL_STYLES[level] ?? undefined }],
      ["Module", item.module],
      ["Job", item.job_name],
      ["Execution", item.execution_id],
      ["Trace", item.trace_id],
      ["Message", item.message],
      ["Metadata", item.metadata === null ? null : JSON.stringify(item.metadata)],
    ],
    { color },
  );
}
