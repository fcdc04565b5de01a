import type { ExecutionStatus, JobStatus, ReasonCode, Trigger } from "../model/execution.ts";
import { REASONS } from "../model/execution.ts";
import type { Took } from "./elapsed.ts";
import { tookText } from "./elapsed.ts";
import type { Paint } from "./paint.ts";
import { zonedTime } from "./schedule-times.ts";
import { stateCell } from "./status-style.ts";
import type { Cell } from "./table.ts";
import { firstLine, renderTable } from "./table.ts";

/** An attempt that another one followed, or was to follow. */
export interface AttemptItem {
  /** Counts from 1. */
  attempt: number;
  started_at: string;
  finished_at: string;
  state: ExecutionStatus;
  reason: ReasonCode | null;
  error: string | null;
  exit_code: number | null;
  signal: string | null;
  node_id: string | null;
}

/** One execution in the JSON of `jobs history`. Instants are ISO 8601 in UTC. */
export interface HistoryEntry extends Took {
  job_name: string;
  /** One of three words; null for `skipped`. `state` is the exact value. */
  status: JobStatus | null;
  state: ExecutionStatus;
  reason: ReasonCode | null;
  /** When its last attempt started; null if none did. The earlier ones are in `attempts`. */
  run_at: string | null;
  error: string | null;
  message: string | null;
  execution_id: string;
  trigger: Trigger;
  scheduled_for: string | null;
  /** The last of the `covers_count` due instants that this record stands for. */
  covers_until: string | null;
  covers_count: number;
  created_at: string;
  finished_at: string | null;
  attempt: number;
  max_attempts: number;
  /** Those before the last one; the last one too where it was to be followed by another. */
  attempts: AttemptItem[];
  /** When its next attempt may start, while it waits for it. */
  retry_at: string | null;
  exit_code: number | null;
  signal: string | null;
  items_processed: number | null;
  items_failed: number | null;
  revision: number | null;
  git_commit: string | null;
  version: string | null;
  triggered_by: string | null;
}

export interface HistoryData {
  entries: HistoryEntry[];
  /** All that match, before the limit. */
  total: number;
  /** Skipped ones that were left out because no state was asked for. */
  skipped_hidden: number;
}

export interface HistoryOptions {
  color: Paint;
  /** The zone that a job's times are shown in. */
  zoneOf: (jobName: string) => string;
}

/** Executions as a table, the newest first. */
export function renderHistory(data: HistoryData, { color, zoneOf }: HistoryOptions): string {
  const { entries, total } = data;
  const skipped = skippedLine(data);
  const left = skipped === null ? "" : `${color("dim", skipped)}\n`;
  if (entries.length === 0) return `No executions match.\n${left}`;
  const at = (instant: string | null, jobName: string): string | null =>
    instant === null ? null : zonedTime(instant, zoneOf(jobName));
  const table = renderTable(entries, {
    color,
    columns: [
      { title: "STARTED", cell: (entry) => at(entry.run_at, entry.job_name) },
      { title: "JOB", cell: (entry) => entry.job_name },
      { title: "RESULT", cell: resultCell },
      { title: "DURATION", cell: tookText },
      { title: "TRIGGER", cell: (entry) => entry.trigger },
      { title: "DUE", cell: (entry) => dueText(entry, at) },
      { title: "ID", cell: (entry) => entry.execution_id },
      { title: "MESSAGE", cell: (entry) => messageText(entry, at) },
    ],
  });
  const hidden = total - entries.length;
  if (hidden <= 0) return left === "" ? table : `${table}\n${left}`;
  const more = `${entries.length} of ${total} shown; -n ${total} shows all`;
  return `${table}\n${color("dim", more)}\n${left}`;
}

function skippedLine({ skipped_hidden: count }: HistoryData): string | null {
  if (count === 0) return null;
  return `${count} skipped ${count === 1 ? "is" : "are"} hidden; add --status skipped to see ${count === 1 ? "it" : "them"}`;
}

/** With the attempt where there was, or will be, more than one. */
function resultCell({ state, attempt, max_attempts, retry_at }: HistoryEntry): Cell {
  const cell = stateCell(retry_at === null ? state : "pending");
  if (attempt < 2 && retry_at === null) return cell;
  const number = retry_at === null ? attempt : attempt + 1;
  return { ...cell, text: `${cell.text} (${number}/${max_attempts})` };
}

function messageText(
  entry: HistoryEntry,
  at: (instant: string | null, jobName: string) => string | null,
): string | null {
  const said = firstLine(saidOf(entry));
  if (entry.retry_at === null) return said;
  return `again ${at(entry.retry_at, entry.job_name)}${said === null ? "" : `: ${said}`}`;
}

/** What went wrong, in the job's words or in ours; else what the job said. */
function saidOf(entry: HistoryEntry): string | null {
  const waits = entry.retry_at === null ? null : (entry.attempts.at(-1) ?? null);
  const { error, reason } = waits ?? entry;
  return error ?? entry.message ?? (reason === null ? null : REASONS[reason]);
}

function dueText(
  entry: HistoryEntry,
  at: (instant: string | null, jobName: string) => string | null,
): string | null {
  const due = at(entry.scheduled_for, entry.job_name);
  return due === null || entry.covers_count <= 1
    ? due
    : `${due} and ${entry.covers_count - 1} more`;
}
