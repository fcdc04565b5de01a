import type { Anomaly, CheckedJob, HistoryRow } from "./checker.ts";
import type { CheckedAttempt } from "./rows.ts";
import { attemptsOf } from "./rows.ts";

/** Attempts that ran beside one another though their job or their mutex allows fewer. */
export function overlapAnomalies(
  rows: readonly HistoryRow[],
  jobs: ReadonlyMap<string, CheckedJob>,
): Anomaly[] {
  const attempts = rows.flatMap(attemptsOf);
  const groups = new Map<string, { limit: number; attempts: CheckedAttempt[] }>();
  for (const attempt of attempts) {
    for (const [key, limit] of limitsOf(attempt.row, jobs.get(attempt.row.job_id))) {
      const group = groups.get(key) ?? { limit, attempts: [] };
      group.attempts.push(attempt);
      groups.set(key, group);
    }
  }
  return [...groups].flatMap(([key, group]) => [
    ...crowds(key, group),
    ...(group.limit === 1 ? fencesBack(key, group.attempts) : []),
  ]);
}

/** What bounds an execution, and how many it lets run: its job and its mutex. */
function limitsOf(row: HistoryRow, job: CheckedJob | undefined): [key: string, limit: number][] {
  if (job === undefined) return [];
  const { mutex, overlap, concurrency } = job.spec;
  // Whoever asks for a run beside another gets one, but never beside a mutex.
  const beside = overlap === "allow" || (byHand(row) && row.exclusive_key === null);
  return [
    ...(mutex === null ? [] : [[`mutex ${mutex}`, 1] as [string, number]]),
    ...(beside ? [] : [[`job ${job.name}`, mutex === null ? concurrency : 1] as [string, number]]),
  ];
}

function byHand({ trigger }: HistoryRow): boolean {
  return trigger === "manual" || trigger === "api";
}

function crowds(
  key: string,
  { limit, attempts }: { limit: number; attempts: CheckedAttempt[] },
): Anomaly[] {
  const found: Anomaly[] = [];
  let running: CheckedAttempt[] = [];
  for (const attempt of attempts.toSorted((a, b) => a.startedMs - b.startedMs)) {
    running = running.filter(({ endedMs }) => endedMs > attempt.startedMs);
    running.push(attempt);
    if (running.length <= limit) continue;
    const at = new Date(attempt.startedMs).toISOString();
    const message = `${running.length} attempts of ${key} ran at ${at}, ${limit} may`;
    const executionIds = running.map(({ row }) => row.id);
    found.push({ kind: "overlap", jobName: attempt.row.job_name, executionIds, message });
  }
  return found;
}

/** Who takes a key later has a higher fence; of the attempts of a row only the last one's is kept. */
function fencesBack(key: string, attempts: readonly CheckedAttempt[]): Anomaly[] {
  const found: Anomaly[] = [];
  let before: CheckedAttempt | null = null;
  const last = attempts.filter(({ row, attempt }) => attempt === row.attempt);
  for (const attempt of last.toSorted((a, b) => a.startedMs - b.startedMs)) {
    const { row } = attempt;
    if (row.fence === null) continue;
    if (
      before !== null &&
      (before.row.fence ?? 0) > row.fence &&
      before.startedMs < attempt.startedMs
    ) {
      const message = `fence ${before.row.fence} of ${key} came before ${row.fence}`;
      const executionIds = [before.row.id, row.id];
      found.push({ kind: "time_back", jobName: row.job_name, executionIds, message });
    }
    before = attempt;
  }
  return found;
}
