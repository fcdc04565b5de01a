import { elapsedText } from "./elapsed.ts";
import type { Paint } from "./paint.ts";
import { zonedTime } from "./schedule-times.ts";
import type { Cell, Column } from "./table.ts";
import { renderTable } from "./table.ts";

/** Whether the scheduler knows the job: `available` is code that no job declares. */
export type Registration = "registered" | "not_applied" | "available";

/** One job in the JSON of `jobs list`. Instants are ISO 8601 in UTC. */
export interface JobItem {
  name: string;
  description: string;
  schedule: string;
  schedule_human: string;
  timezone: string;
  enabled: boolean;
  /** Whether it is on the clock. */
  scheduled: boolean;
  registration: Registration;
  origin: "config" | "dynamic" | null;
  tags: string[];
  overridden: boolean;
  /** Why it runs no more: its code cannot be loaded, or its failures paused it. */
  crashed: string | null;
  paused_at: string | null;
  last_run: string | null;
  last_status: "success" | "failed" | "running" | null;
  last_error: string | null;
  next_run: string | null;
  run_count: number;
}

export interface JobsData {
  jobs: JobItem[];
  total: number;
}

/** The jobs as a table. `nowMs` decides what "in 5 m" and "5 m ago" mean. */
export function renderJobs(data: JobsData, options: { color: Paint; nowMs: number }): string {
  if (data.jobs.length === 0) return "No jobs. Declare one under `jobs:` in the config file.\n";
  const { color, nowMs } = options;
  return renderTable(data.jobs, {
    color,
    columns: [
      { title: "NAME", cell: (job) => job.name },
      { title: "SCHEDULE", cell: (job) => (job.schedule === "" ? null : job.schedule) },
      { title: "ENABLED", cell: enabledCell },
      { title: "LAST RUN", cell: (job) => pastCell(job.last_run, nowMs) },
      { title: "RESULT", cell: resultCell },
      {
        title: "NEXT RUN",
        cell: (job) => (job.next_run === null ? null : zonedTime(job.next_run, job.timezone)),
      },
      ...(data.jobs.some(({ tags }) => tags.length > 0) ? [TAGS] : []),
      { title: "MEANING", cell: (job) => job.schedule_human },
    ],
  });
}

const TAGS: Column<JobItem> = {
  title: "TAGS",
  cell: ({ tags }) => (tags.length === 0 ? null : tags.join(" ")),
};

function enabledCell(job: JobItem): Cell | string {
  if (job.registration === "available") return { text: "available", style: "dim" };
  if (job.registration === "not_applied") return { text: "not applied", style: "yellow" };
  if (job.paused_at !== null) return { text: "paused", style: "red" };
  if (job.crashed !== null) return { text: "crashed", style: "red" };
  const word = job.enabled ? "yes" : "no";
  return job.overridden ? { text: `${word} (by hand)`, style: "yellow" } : word;
}

function pastCell(instant: string | null, nowMs: number): string | null {
  if (instant === null) return null;
  return `${elapsedText(Math.max(0, nowMs - Date.parse(instant)))} ago`;
}

const RESULT_STYLES = { success: "green", failed: "red", running: "cyan" } as const;

function resultCell({ last_status: status }: JobItem): Cell | null {
  return status === null ? null : { text: status, style: RESULT_STYLES[status] };
}
