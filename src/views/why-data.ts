import type { DiagnosticItem } from "./diagnostic-item.ts";
import type {
  DecisionItem,
  ExplainData,
  ExplainedExecution,
  OtherExecution,
  RevisionRef,
  WaitingItem,
} from "./explain-data.ts";

/** What keeps a job from running now. */
export type WhyState =
  | "running"
  /** An execution of it waits. */
  | "waiting"
  /** Nothing but the time: it runs when it is due. */
  | "due"
  /** It was due, and the schedulers have not seen to it. */
  | "overdue"
  /** Nobody keeps the clock. */
  | "no_scheduler"
  /** Somebody does, and nobody runs what it records. */
  | "no_worker"
  | "disabled"
  | "paused"
  /** Its code cannot be loaded. */
  | "crashed"
  | "no_schedule"
  /** Its schedule has no further due time. */
  | "ended"
  /** The file declares it, and nobody has applied that. */
  | "not_applied"
  | "removed"
  /** Code that no job declares. */
  | "available";

/** The JSON of `why`. Instants are ISO 8601 in UTC. */
export interface WhyData {
  job_name: string;
  timezone: string;
  /** The server's clock. */
  now: string;
  state: WhyState;
  schedule: ExplainData["schedule"];
  /** The next due time, and when it starts with its part of the spread. */
  next_run: string | null;
  next_start: string | null;
  /** What runs and what waits; the first of those that wait says for what. */
  open: OpenItem[];
  /** All that are open, shown or not. */
  open_total: number;
  /** The last decision about the job. */
  decision: DecisionItem | null;
  /** Why it crashed or was paused. */
  crashed: string | null;
  failures_in_a_row: number;
  pause_after_failures: number | null;
  /** The mutex of the job, where an execution of another one has it. */
  mutex: { name: string; holders: OtherExecution[] } | null;
  /** The last execution that started. */
  last_run: ExplainedExecution | null;
  /** The last due time, where it was not run. */
  last_not_run: ExplainedExecution | null;
  schedulers: { live: number; slots: number; used: number; silent_since: string | null };
  file: WhyFile;
  /** The one in force for the job. */
  revision: RevisionRef | null;
}

/** How the config file stands to what is in force for the job. */
export interface WhyFile {
  /** `broken`: it has errors; `undeclared`: it does not declare the job. */
  state: "same" | "differs" | "undeclared" | "broken";
  /** The first mistake of a broken file, here or on the node that could not reload it. */
  mistake: DiagnosticItem | null;
  /** Since when a scheduler could not reload its file. */
  reload_failed_at: string | null;
}

export interface OpenItem {
  execution: ExplainedExecution;
  waiting: WaitingItem | null;
}
