import { listOccurrences } from "../../src/schedule/list-times.ts";
import type {
  Anomaly,
  AnomalyKind,
  CheckedJob,
  CheckOptions,
  HistoryRow,
  ScheduleSpan,
} from "./checker.ts";

const MOST_TIMES = 1_000_000;

/** What is wrong with the records of a job's due times: missing, doubled, or of none. */
export function scheduleAnomalies(
  job: CheckedJob,
  rows: readonly HistoryRow[],
  options: Pick<CheckOptions, "latestMs" | "quietMs"> = {},
): Anomaly[] {
  const found: Anomaly[] = [];
  const add = (kind: AnomalyKind, executionIds: string[], message: string): void => {
    found.push({ kind, jobName: job.name, executionIds, message });
  };
  const clocked = rows.filter(({ trigger }) => trigger === "schedule" || trigger === "catchup");
  const lastMs = Math.max(0, ...clocked.map((row) => edges(row).untilMs));
  const spans = job.spans.map((span) => ({ span, due: dueTimes(span, lastMs) }));
  const all = new Set(spans.flatMap(({ due }) => due));
  const recorded = new Map<number, string[]>();
  for (const row of clocked) {
    for (const instantMs of coveredTimes(row, all, add)) {
      recorded.set(instantMs, [...(recorded.get(instantMs) ?? []), row.id]);
    }
  }
  for (const [instantMs, ids] of recorded) {
    if (ids.length > 1) add("duplicate", ids, `${text(instantMs)} has ${ids.length} records`);
    if (!all.has(instantMs)) add("phantom", ids, `${text(instantMs)} is no due time`);
  }
  for (const { span, due } of spans) {
    const missing = due.filter((instantMs) => !recorded.has(instantMs));
    const lastMs = due.findLast((instantMs) => recorded.has(instantMs)) ?? -Infinity;
    for (const instantMs of missing) {
      if (isExcused(instantMs, { span, lastMs, options })) continue;
      add("lost", [], `${text(instantMs)} has no record`);
    }
  }
  checkBackfills(rows, add);
  return found;
}

type Add = (kind: AnomalyKind, executionIds: string[], message: string) => void;

/** A span without an end is that of a schedule which has ended: it has due times up to a last one. */
function dueTimes({ schedule, anchorMs, fromMs, untilMs }: ScheduleSpan, lastMs: number): number[] {
  const end =
    untilMs === Infinity && schedule.type === "once" ? Date.parse(schedule.executeAt) : untilMs;
  const options = { anchorMs, afterMs: fromMs, limit: MOST_TIMES, searches: MOST_TIMES };
  return listOccurrences(schedule, { ...options, untilMs: end === Infinity ? lastMs : end })
    .instants;
}

function edges({ scheduled_for, covers_until }: HistoryRow): { fromMs: number; untilMs: number } {
  const fromMs = Date.parse(scheduled_for ?? "");
  return { fromMs, untilMs: covers_until === null ? fromMs : Date.parse(covers_until) };
}

/** The due times that a row stands for; its own edges in any case. */
function coveredTimes(row: HistoryRow, all: ReadonlySet<number>, add: Add): number[] {
  const { fromMs, untilMs } = edges(row);
  if (row.scheduled_for === null) {
    add("phantom", [row.id], "is of the clock and of no due time");
    return [];
  }
  if (untilMs < fromMs) add("time_back", [row.id], "covers a stretch that ends before it begins");
  if (row.covers_until === null) return [fromMs];
  const covered = new Set([fromMs, untilMs, ...within(all, fromMs, untilMs)]);
  if (covered.size !== row.covers_count) {
    add("phantom", [row.id], `covers ${row.covers_count} due times of ${covered.size}`);
  }
  return [...covered];
}

function within(all: ReadonlySet<number>, fromMs: number, untilMs: number): number[] {
  return [...all].filter((instantMs) => instantMs >= fromMs && instantMs <= untilMs);
}

/**
 * What was due just before a change may have had no time to be recorded, and a changed schedule has
 * no past; yet nothing is missing before what was recorded, nor where there was the time.
 */
function isExcused(
  instantMs: number,
  given: {
    span: ScheduleSpan;
    lastMs: number;
    options: Pick<CheckOptions, "latestMs" | "quietMs">;
  },
): boolean {
  const { span, lastMs, options } = given;
  const { latestMs, quietMs } = options;
  if (!span.cutShort || instantMs < lastMs) return false;
  if (latestMs === undefined || quietMs === undefined) return true;
  return quietMs(instantMs, span.untilMs) <= latestMs;
}

/**
 * A backfill runs each due time once, beside its record. It goes by the present schedule, so that
 * its times need not be those that were due.
 */
function checkBackfills(rows: readonly HistoryRow[], add: Add): void {
  const backfilled = rows.filter(({ trigger }) => trigger === "backfill");
  const groups = Map.groupBy(backfilled, (row) => `${row.backfill_id} ${row.scheduled_for}`);
  for (const group of groups.values()) {
    const ids = group.map(({ id }) => id);
    const [first] = group;
    if (group.length > 1) add("duplicate", ids, `${first?.scheduled_for} is backfilled twice`);
    if (first?.scheduled_for === null || first?.backfill_id === null) {
      add("phantom", ids, "is a backfill of no due time");
    }
  }
}

function text(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
