import { REASONS } from "../../src/model/execution.ts";
import { spreadOffsetMs } from "../../src/schedule/spread.ts";
import type { Anomaly, AnomalyKind, CheckedJob, CheckOptions, HistoryRow } from "./checker.ts";

/** One start of a job's code. */
export interface CheckedAttempt {
  row: HistoryRow;
  attempt: number;
  startedMs: number;
  /** Infinity: it goes on. */
  endedMs: number;
}

/** The attempts of an execution that began, the first one first. */
export function attemptsOf(row: HistoryRow): CheckedAttempt[] {
  const failed = row.errors.map((entry) => ({
    row,
    attempt: entry.attempt,
    startedMs: Date.parse(entry.started_at),
    endedMs: Date.parse(entry.finished_at),
  }));
  if (row.started_at === null) return failed;
  const endedMs = row.finished_at === null ? Infinity : Date.parse(row.finished_at);
  const { attempt } = row;
  return [...failed, { row, attempt, startedMs: Date.parse(row.started_at), endedMs }];
}

/** What is wrong within one row, whatever the others say. */
export function rowAnomalies(
  row: HistoryRow,
  options: Pick<CheckOptions, "open" | "latestMs" | "quietMs"> & { job: CheckedJob | null },
): Anomaly[] {
  const found: Anomaly[] = [];
  const add = (kind: AnomalyKind, message: string): void => {
    found.push({ kind, jobName: row.job_name, executionIds: [row.id], message });
  };
  checkEnd(row, { open: options.open === true, add });
  checkAttempts(row, { job: options.job, add });
  checkOrder(row, add);
  checkStart(row, { ...options, add });
  return found;
}

type Add = (kind: AnomalyKind, message: string) => void;

function checkEnd(row: HistoryRow, { open, add }: { open: boolean; add: Add }): void {
  const { status, reason, finished_at } = row;
  const isOpen = status === "pending" || status === "running";
  if (isOpen && !open) add("stuck", `is ${status}`);
  if (!isOpen && finished_at === null) add("stuck", `is ${status} and has no end`);
  if (!isOpen && row.holds_key) add("stuck", `is ${status} and still holds its key`);
  if (reason !== null && !Object.hasOwn(REASONS, reason)) {
    add("no_reason", `'${reason}' is none of the reasons`);
  }
  if (!isOpen && status !== "success" && reason === null) add("no_reason", `is ${status}`);
}

function checkAttempts(row: HistoryRow, { job, add }: { job: CheckedJob | null; add: Add }): void {
  const attempts = attemptsOf(row);
  const numbers = attempts.map(({ attempt }) => attempt);
  const different = new Set(numbers).size;
  if (different < numbers.length) {
    add("duplicate", `has the attempts ${numbers.join(", ")}`);
  }
  const most = Math.min(row.max_attempts, job?.spec.retry.attempts ?? Infinity);
  const used = Math.max(row.attempt, different);
  if (used > most) add("too_many_attempts", `used ${used} of ${most} attempts`);
  if (row.status === "skipped" && used > 0) add("skipped_but_ran", "was skipped, and started");
}

/** A record and what happens with it in one statement are told a moment apart, in either order. */
const ONE_STATEMENT_MS = 10;

function checkOrder(row: HistoryRow, add: Add): void {
  const recordedMs = Date.parse(row.created_at) - ONE_STATEMENT_MS;
  let lastMs = recordedMs;
  let last = "it was recorded";
  for (const { attempt, startedMs, endedMs } of attemptsOf(row)) {
    if (startedMs < lastMs) add("time_back", `attempt ${attempt} started before ${last}`);
    if (endedMs < startedMs) add("time_back", `attempt ${attempt} ended before it started`);
    lastMs = endedMs;
    last = `attempt ${attempt} had ended`;
  }
  if (row.finished_at !== null && Date.parse(row.finished_at) < recordedMs) {
    add("time_back", "ended before it was recorded");
  }
}

interface StartCheck extends Pick<CheckOptions, "latestMs" | "quietMs"> {
  job: CheckedJob | null;
  add: Add;
}

function checkStart(row: HistoryRow, given: StartCheck): void {
  const [first] = attemptsOf(row);
  const dueMs = dueOf(row, given.job);
  checkLate(row, { ...given, dueMs, startedMs: first?.startedMs ?? null });
  if (first === undefined) return;
  if (dueMs !== null && first.startedMs < dueMs) {
    given.add("early", `started ${dueMs - first.startedMs} ms before it was due`);
  }
  // Of what waits to be tried again, or did until it was cancelled, it is that of an attempt to come.
  const last = row.started_at === null ? undefined : attemptsOf(row).at(-1);
  if (last !== undefined && last.startedMs < Date.parse(row.available_at)) {
    given.add("early", `attempt ${last.attempt} started before it was available`);
  }
}

/** What may have waited for others is held against the time at which it was recorded. */
function checkLate(
  row: HistoryRow,
  given: StartCheck & { dueMs: number | null; startedMs: number | null },
): void {
  const { job, latestMs, quietMs, dueMs, startedMs, add } = given;
  if (latestMs === undefined || dueMs === null) return;
  const lateMs = (atMs: number): number => quietMs?.(dueMs, atMs) ?? atMs - dueMs;
  const recordedLateMs = lateMs(Date.parse(row.created_at));
  // Where nothing tells when all was well, what was recorded as missed is in order.
  if (recordedLateMs > latestMs && (quietMs !== undefined || row.trigger === "schedule")) {
    add("late", `was recorded ${recordedLateMs} ms after it was due`);
  } else if (row.trigger === "schedule" && startedMs !== null && !mayWait(job)) {
    const startedLateMs = lateMs(startedMs);
    if (startedLateMs > latestMs) add("late", `started ${startedLateMs} ms after it was due`);
  }
}

function mayWait(job: CheckedJob | null): boolean {
  if (job === null) return false;
  const { overlap, mutex } = job.spec;
  return mutex !== null || (overlap !== "skip" && overlap !== "allow");
}

/** When an occurrence may start; null for what was asked for by hand or runs again. */
function dueOf(row: HistoryRow, job: CheckedJob | null): number | null {
  const { trigger, scheduled_for, due_at } = row;
  if (scheduled_for === null || (trigger !== "schedule" && trigger !== "catchup")) return null;
  const nominalMs = Date.parse(scheduled_for);
  if (due_at === null) return nominalMs;
  const spreadMs = job?.spec.spreadMs ?? 0;
  const offsetMs = spreadOffsetMs(row.job_name, spreadMs);
  const dueMs = Date.parse(due_at);
  // The offset may be wrapped into a short interval, and never goes below the nominal time.
  return Math.max(nominalMs, Math.min(dueMs, nominalMs + offsetMs));
}
