import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { zonedTime } from "./schedule-times.ts";
import type { Column } from "./table.ts";
import { renderTable } from "./table.ts";

/** One occurrence in the JSON of `jobs next`. */
export interface UpcomingRun {
  job_name: string;
  /** ISO 8601 in UTC. */
  at: string;
  /** The same with the job's part of its spread. */
  starts_at: string;
  timezone: string;
  schedule: string;
  schedule_human: string;
}

export interface UpcomingData {
  runs: UpcomingRun[];
  /** Jobs that have further runs between these. */
  more: string[];
  total: number;
}

/** Occurrences to come, the soonest first. */
export function renderUpcoming({ runs, more }: UpcomingData, { color }: { color: Paint }): string {
  if (runs.length === 0) return "Nothing is due.\n";
  const spread = runs.some((run) => run.starts_at !== run.at);
  const starts: Column<UpcomingRun> = {
    title: "STARTS",
    cell: (run) => zonedTime(run.starts_at, run.timezone),
  };
  const table = renderTable(runs, {
    color,
    columns: [
      { title: "DUE", cell: (run) => zonedTime(run.at, run.timezone) },
      ...(spread ? [starts] : []),
      { title: "JOB", cell: (run) => run.job_name },
      { title: "SCHEDULE", cell: (run) => run.schedule },
      { title: "MEANING", cell: (run) => run.schedule_human },
    ],
  });
  if (more.length === 0) return table;
  const names = more.map(printable).join(", ");
  const line = `more runs of ${names} come in between; cronverge jobs next NAME shows those of one`;
  return `${table}${color("dim", line)}\n`;
}
