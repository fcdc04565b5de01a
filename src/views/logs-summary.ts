import type { LogLevel } from "../model/execution.ts";
import type { Paint } from "./paint.ts";
import { zonedTime } from "./schedule-times.ts";
import { renderFields } from "./table.ts";

/** The JSON of `logs summary`. Instants are ISO 8601 in UTC. */
export interface LogSummaryData {
  total_logs: number;
  by_level: Record<LogLevel, number>;
  /** The ten with the most entries. */
  top_modules: { module: string; count: number }[];
  /** The ten with the most entries. */
  top_jobs: { job_name: string; count: number }[];
  time_range: { earliest: string | null; latest: string | null; span_hours: number };
  /** Of all entries, whatever was asked for. */
  database_info: { logs_table_rows: number };
}

/** The counts, a line for each kind. */
export function renderLogSummary(
  data: LogSummaryData,
  { color, timezone }: { color: Paint; timezone: string },
): string {
  const { error, warn, info, debug } = data.by_level;
  const { earliest, latest, span_hours: hours } = data.time_range;
  const at = (instant: string | null): string | null =>
    instant === null ? null : zonedTime(instant, timezone);
  return renderFields(
    [
      ["Entries", `${data.total_logs} (of ${data.database_info.logs_table_rows} in the database)`],
      ["Levels", `error ${error}, warn ${warn}, info ${info}, debug ${debug}`],
      ["From", at(earliest)],
      ["To", at(latest) === null ? null : `${at(latest)} (${hours} h)`],
      ["Modules", data.top_modules.map((row) => `${row.module} ${row.count}`).join("\n") || null],
      ["Jobs", data.top_jobs.map((row) => `${row.job_name} ${row.count}`).join("\n") || null],
    ],
    { color },
  );
}
