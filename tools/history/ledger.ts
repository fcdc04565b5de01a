import type { Anomaly, AnomalyKind, CheckedJob, HistoryRow } from "./checker.ts";
import { attemptsOf } from "./rows.ts";

/** What a job itself wrote down, whatever the database says. */
export interface LedgerLine {
  /** `busy`: it found another process at work where none may be. */
  kind: "start" | "end" | "busy";
  jobName: string;
  executionId: string;
  /** As the job was told it; empty for what is of no due time. */
  scheduledFor: string;
  attempt: number;
  fence: number;
  pid: number;
  atMs: number;
  /** The exit code of an `end`, what was busy; else empty. */
  detail: string;
}

/** The clock that the jobs read has ticks of 10 ms, and is compared with that of the server. */
const CLOCK_MS = 50;

/** What the ledger of the jobs and the records say against each other. */
export function ledgerAnomalies(
  lines: readonly LedgerLine[],
  { rows, jobs }: { rows: readonly HistoryRow[]; jobs: ReadonlyMap<string, CheckedJob> },
): Anomaly[] {
  const byExecution = Map.groupBy(lines, ({ executionId }) => executionId);
  const recorded = new Set(rows.map(({ id }) => id));
  const found: Anomaly[] = [];
  for (const [id, own] of byExecution) {
    const [first] = own;
    if (recorded.has(id) || first === undefined) continue;
    const message = `ran at ${text(first.atMs)} and has no record`;
    found.push({ kind: "orphan", jobName: first.jobName, executionIds: [id], message });
  }
  for (const row of rows) {
    const own = (byExecution.get(row.id) ?? []).toSorted((a, b) => a.atMs - b.atMs);
    const keepsLedger = jobs.get(row.job_id)?.keepsLedger === true;
    const add = (kind: AnomalyKind, message: string): void => {
      found.push({ kind, jobName: row.job_name, executionIds: [row.id], message });
    };
    checkStarts(row, own, add);
    checkBusy(own, add);
    if (keepsLedger) checkSuccess(row, own, add);
  }
  return found;
}

type Add = (kind: AnomalyKind, message: string) => void;

function checkStarts(row: HistoryRow, own: readonly LedgerLine[], add: Add): void {
  const starts = own.filter(({ kind }) => kind === "start");
  if (starts.length === 0) return;
  const known = new Set(attemptsOf(row).map(({ attempt }) => attempt));
  if (row.status === "skipped" || known.size === 0) {
    add("skipped_but_ran", `is ${row.status}, and ran at ${text(starts[0]?.atMs ?? Number.NaN)}`);
    return;
  }
  for (const [attempt, same] of Map.groupBy(starts, (line) => line.attempt)) {
    const times = same.map(({ atMs, fence }) => `${text(atMs)} (fence ${fence})`).join(" and ");
    if (same.length > 1) add("double_start", `attempt ${attempt} started at ${times}`);
    if (!known.has(attempt)) add("orphan", `attempt ${attempt} ran at ${times}, unrecorded`);
  }
  const used = new Set(starts.map(({ attempt }) => attempt)).size;
  if (used > row.max_attempts) add("too_many_attempts", `ran ${used} of ${row.max_attempts} times`);
  checkOrder(row, own, add);
}

function checkOrder(row: HistoryRow, own: readonly LedgerLine[], add: Add): void {
  const clocked = row.trigger === "schedule" || row.trigger === "catchup";
  const dueMs = clocked && row.scheduled_for !== null ? Date.parse(row.scheduled_for) : null;
  let last: LedgerLine | null = null;
  let open: LedgerLine | null = null;
  for (const line of own) {
    const { kind, atMs, attempt, fence } = line;
    if (dueMs !== null && atMs < dueMs - CLOCK_MS) {
      add("early", `ran ${dueMs - atMs} ms before it was due`);
    }
    if (last !== null && (attempt < last.attempt || fence < last.fence)) {
      add(
        "time_back",
        `attempt ${attempt} (fence ${fence}) wrote at ${text(atMs)} after ${last.attempt} (fence ${last.fence})`,
      );
    }
    if (kind === "start") open = line;
    if (kind === "end" && open !== null && open.pid !== line.pid) {
      add("overlap", `attempt ${attempt} ended at ${text(atMs)}, when ${open.attempt} had begun`);
    }
    last = line;
  }
}

function checkBusy(own: readonly LedgerLine[], add: Add): void {
  for (const { kind, detail, attempt, atMs } of own) {
    if (kind !== "busy") continue;
    add("overlap", `attempt ${attempt} found ${detail} at work at ${text(atMs)}`);
  }
}

function checkSuccess(row: HistoryRow, own: readonly LedgerLine[], add: Add): void {
  if (row.status !== "success") return;
  const ends = own.filter(({ kind, attempt }) => kind === "end" && attempt === row.attempt);
  const good = ends.filter(({ detail }) => detail === "0");
  if (good.length === 0) {
    const codes = ends.map(({ detail }) => detail).join(", ");
    const wrote = codes === "" ? "no end" : `the end ${codes}`;
    add("success_not_in_ledger", `is a success, and attempt ${row.attempt} wrote ${wrote}`);
  } else if (!good.some(({ fence }) => fence === row.fence)) {
    const fences = good.map(({ fence }) => fence).join(", ");
    add("zombie_write", `ended under fence ${fences}, and its record is of ${row.fence}`);
  }
}

function text(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
