import type { JobSchedule, JobSpec } from "../../src/model/job.ts";
import type { Database } from "../../src/store/connection.ts";
import type { ExportedExecution } from "../../src/store/export.ts";
import { exportExecutions } from "../../src/store/export.ts";
import { readJobEvents } from "../../src/store/job-events.ts";
import { listJobs } from "../../src/store/jobs.ts";
import { overlapAnomalies } from "./history-overlap.ts";
import { rowAnomalies } from "./history-rows.ts";
import { scheduleAnomalies } from "./history-schedule.ts";

/** What can be wrong in a history. */
export type AnomalyKind =
  /** More attempts of a job, or of the jobs with one mutex, at a time than may be. */
  | "overlap"
  /** Two records of one due time, or one attempt recorded twice. */
  | "double"
  /** A due time without a record. */
  | "gap"
  /** An attempt that began before it was due or available. */
  | "early"
  /** One that began later after its due time than the check allows. */
  | "late"
  | "too_many_attempts"
  /** An execution that has not ended. */
  | "not_final"
  /** One that was not a success and says not why, or says what no reason is. */
  | "no_reason"
  /** A record of an instant that is no due time. */
  | "phantom"
  /** Instants of a row, or fences of a key, in an impossible order. */
  | "time_back";

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
  /** The oldest first. Rows of a job that is not given are held against no schedule and no policy. */
  spans: readonly ScheduleSpan[];
}

export interface CheckOptions {
  jobs: readonly CheckedJob[];
  /** Executions that wait or run are no anomaly: the history goes on. */
  open?: boolean;
  /** The longest that an ordinary occurrence may start after it was due; absent: any time. */
  latestMs?: number;
}

/** All that is wrong in a history; `rows` in any order. */
export function checkHistory(rows: readonly HistoryRow[], options: CheckOptions): Anomaly[] {
  const jobs = new Map(options.jobs.map((job) => [job.id, job]));
  const byJob = Map.groupBy(rows, (row) => row.job_id);
  return [
    ...rows.flatMap((row) => rowAnomalies(row, { ...options, job: jobs.get(row.job_id) ?? null })),
    ...options.jobs.flatMap((job) => scheduleAnomalies(job, byJob.get(job.id) ?? [])),
    ...overlapAnomalies(rows, jobs),
  ];
}

/** The anomalies as text, for the message of an assertion. */
export function anomaliesText(anomalies: readonly Anomaly[]): string {
  return anomalies
    .map(({ kind, jobName, message }) => `${kind}  ${jobName}: ${message}`)
    .join("\n");
}

/** The whole history of a database, through the export. */
export async function readHistoryRows(database: Database): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = [];
  const filter = { jobId: null, since: null, until: null };
  for await (const page of exportExecutions(database, filter)) {
    rows.push(...JSON.parse(JSON.stringify(page)));
  }
  return rows;
}

/**
 * The registered jobs of a database with the times in which their schedules were in force. Whatever
 * was due before the next run of a job must have its record.
 */
export async function readCheckedJobs(database: Database): Promise<CheckedJob[]> {
  const jobs = await listJobs(database);
  return Promise.all(
    jobs.map(async ({ id, jobName, spec, nextRun }) => {
      const events = await readJobEvents(database, id);
      const spans = events.flatMap(({ schedule, anchor, at }, index): ScheduleSpan[] => {
        if (schedule === null || anchor === null) return [];
        const until = events[index + 1]?.at.getTime();
        const untilMs = until ?? (nextRun === null ? Infinity : nextRun.getTime() - 1);
        const fromMs = at.getTime();
        return [
          { schedule, anchorMs: anchor.getTime(), fromMs, untilMs, cutShort: until !== undefined },
        ];
      });
      return { id, name: jobName, spec, spans };
    }),
  );
}
