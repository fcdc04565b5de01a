import type { JobSchedule, JobSpec } from "../../src/model/job.ts";
import type { ExportedExecution } from "../../src/store/export.ts";
import type { LedgerLine } from "./ledger.ts";
import { ledgerAnomalies } from "./ledger.ts";
import { overlapAnomalies } from "./overlap.ts";
import { rowAnomalies } from "./rows.ts";
import { scheduleAnomalies } from "./schedule.ts";
import type { Transition } from "./transitions.ts";
import { transitionAnomalies } from "./transitions.ts";

/** What can be wrong in a history. */
export type AnomalyKind =
  /** More attempts of a job, or of the jobs with one mutex, at a time than may be. */
  | "overlap"
  /** Two records of one due time, or one attempt recorded twice. */
  | "duplicate"
  /** A due time without a record, or a record that is gone. */
  | "lost"
  /** An attempt that began before it was due or available. */
  | "early"
  /** One that began, or was recorded, later after its due time than the check allows. */
  | "late"
  | "too_many_attempts"
  /** An execution that has not ended. */
  | "stuck"
  /** One that was not a success and says not why, or says what no reason is. */
  | "no_reason"
  /** A record of an instant that is no due time. */
  | "phantom"
  /** Instants of a row, or fences of a key, in an impossible order. */
  | "time_back"
  /** Two processes started for one attempt. */
  | "double_start"
  /** A process started for an execution, or an attempt, that is not recorded. */
  | "orphan"
  /** A success of which the job itself knows nothing. */
  | "success_not_in_ledger"
  /** A process started for an execution whose record says that it never ran. */
  | "skipped_but_ran"
  /** A record that changed after its end, or was ended by whoever had lost it. */
  | "zombie_write"
  /** A process of a run that is still there. */
  | "leftover_process";

export interface Anomaly {
  kind: AnomalyKind;
  jobName: string;
  executionIds: string[];
  /** What was found, with the instants. */
  message: string;
}

/** A row of an export, as JSON has it. */
export type HistoryRow = {
  [Key in keyof ExportedExecution]: ExportedExecution[Key] extends Date
    ? string
    : ExportedExecution[Key] extends Date | null
      ? string | null
      : ExportedExecution[Key];
};

/** A time in which a schedule was in force: its due instants are after `fromMs`, up to `untilMs`. */
export interface ScheduleSpan {
  schedule: JobSchedule;
  anchorMs: number;
  fromMs: number;
  untilMs: number;
  /** A change or a pause ended it: what was due last may have had no time to be recorded. */
  cutShort: boolean;
}

/** What a job's history is held against. */
export interface CheckedJob {
  id: string;
  name: string;
  spec: Pick<JobSpec, "overlap" | "concurrency" | "mutex" | "retry" | "spreadMs">;
  /** Whether its code writes the ledger; absent: it does not. */
  keepsLedger?: boolean;
  /** The oldest first. Rows of a job that is not given are held against no schedule and no policy. */
  spans: readonly ScheduleSpan[];
}

export interface CheckOptions {
  jobs: readonly CheckedJob[];
  /** Executions that wait or run are no anomaly: the history goes on. */
  open?: boolean;
  /** The longest that an ordinary occurrence may start after it was due; absent: any time. */
  latestMs?: number;
  /** How much of a stretch counts as time in which all was well; absent: all of it does. */
  quietMs?: (fromMs: number, untilMs: number) => number;
  /** What the jobs themselves wrote down, in any order. */
  ledger?: readonly LedgerLine[];
  /** What happened to the rows, the oldest first. */
  transitions?: readonly Transition[];
  /** The processes that were still there at the end. */
  leftovers?: readonly Leftover[];
}

/** A process of a run that should have ended. */
export interface Leftover {
  pid: number;
  executionId: string;
  command: string;
}

/** All that is wrong in a history; `rows` in any order. */
export function checkHistory(rows: readonly HistoryRow[], options: CheckOptions): Anomaly[] {
  const jobs = new Map(options.jobs.map((job) => [job.id, job]));
  const byJob = Map.groupBy(rows, (row) => row.job_id);
  const { ledger, transitions = [], leftovers = [] } = options;
  return [
    ...rows.flatMap((row) => rowAnomalies(row, { ...options, job: jobs.get(row.job_id) ?? null })),
    ...options.jobs.flatMap((job) => scheduleAnomalies(job, byJob.get(job.id) ?? [], options)),
    ...overlapAnomalies(rows, jobs),
    ...(ledger === undefined ? [] : ledgerAnomalies(ledger, { rows, jobs })),
    ...transitionAnomalies(transitions, rows),
    ...leftovers.map((process) => leftoverAnomaly(process, rows)),
  ];
}

function leftoverAnomaly(
  { pid, executionId, command }: Leftover,
  rows: readonly HistoryRow[],
): Anomaly {
  const jobName = rows.find(({ id }) => id === executionId)?.job_name ?? "?";
  const message = `process ${pid} (${command}) is still there`;
  return { kind: "leftover_process", jobName, executionIds: [executionId], message };
}

/** The anomalies as text, for the message of an assertion. */
export function anomaliesText(anomalies: readonly Anomaly[]): string {
  return anomalies
    .map(({ kind, jobName, message }) => `${kind}  ${jobName}: ${message}`)
    .join("\n");
}
