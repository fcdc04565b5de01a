import type { Paint } from "./paint.ts";
import { zonedTime } from "./schedule-times.ts";
import { renderTable } from "./table.ts";

/** One occurrence in the JSON of `jobs next`. */
export interface UpcomingRun {
  job_name: string;
  /** ISO 8601 in UTC. */
  at: string;
  timezone: string;
  schedule: string;
  schedule_human: string;
}

export interface UpcomingData {
  runs: UpcomingRun[];
  total: number;
}

/** Occurrences to come, the soonest first. */
export function renderUpcoming({ runs }: UpcomingData, { color }: { color: Paint }): string {
  if (runs.length === 0) return "Nothing is due.\n";
  return renderTable(runs, {
    color,
    columns: [
      { title: "DUE", cell: (run) => zonedTime(run.at, run.timezone) },
      { title: "JOB", cell: (run) => run.job_name },
      { title: "SCHEDULE", cell: (run) => run.schedule },
      { title: "MEANING", cell: (run) => run.schedule_human },
    ],
  });
}
