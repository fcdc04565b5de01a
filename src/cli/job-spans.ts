import type { JobSchedule } from "../model/job.ts";
import { listOccurrences } from "../schedule/list-times.ts";
import { nextOccurrence } from "../schedule/next.ts";
import type { JobEvent } from "../store/job-events.ts";

/** A time in which one decision about a job was in force. */
export interface JobSpan {
  event: JobEvent;
  /** The decision that ended it; null: it is in force. */
  endedBy: JobEvent | null;
}

/** What a job is due by, in a span that has a schedule. */
interface Clock {
  schedule: JobSchedule;
  anchorMs: number;
}

/** The most due times of one stretch that are looked at. */
const MOST_TIMES = 100;
/** One list may cost this many searches for dates that `L`, `W` and `#` give. */
const MOST_SEARCHES = 2_000;
/** How far back the due time before is looked for, each step where the one before found none. */
const LOOK_BACK_MS = [60_000, 3_600_000, 86_400_000, 32 * 86_400_000, 9 * 366 * 86_400_000];

/** The decisions about a job as spans, the oldest first. */
export function spansOf(events: readonly JobEvent[]): JobSpan[] {
  return events.map((event, index) => ({ event, endedBy: events[index + 1] ?? null }));
}

/** The span that an instant lies in; null: before the job was registered. */
export function spanAt(spans: readonly JobSpan[], instantMs: number): JobSpan | null {
  return spans.findLast(({ event }) => event.at.getTime() < instantMs) ?? null;
}

/** The due times in `[fromMs, untilMs)` by what was in force, the oldest first; 100 at most. */
export function dueBetween(
  spans: readonly JobSpan[],
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): number[] {
  const found = spans.flatMap((span) => {
    const clock = clockOf(span);
    if (clock === null) return [];
    const { afterMs, lastMs } = boundsOf(span);
    return listOccurrences(clock.schedule, {
      anchorMs: clock.anchorMs,
      afterMs: Math.max(afterMs, fromMs - 1),
      untilMs: Math.min(lastMs, untilMs - 1),
      limit: MOST_TIMES,
      searches: MOST_SEARCHES,
    }).instants;
  });
  return found.slice(0, MOST_TIMES);
}

/** The last due time before an instant and the first one after it, within one span. */
export function nearestDue(
  span: JobSpan,
  instantMs: number,
): { beforeMs: number | null; afterMs: number | null } {
  const clock = clockOf(span);
  if (clock === null) return { beforeMs: null, afterMs: null };
  const { afterMs: startMs, lastMs } = boundsOf(span);
  const next = nextOccurrence(clock.schedule, {
    anchorMs: clock.anchorMs,
    afterMs: Math.max(instantMs, startMs),
  });
  const afterMs = next !== null && next <= lastMs ? next : null;
  return { beforeMs: lastBefore(clock, { instantMs, startMs }), afterMs };
}

function lastBefore(
  { schedule, anchorMs }: Clock,
  { instantMs, startMs }: { instantMs: number; startMs: number },
): number | null {
  for (const backMs of LOOK_BACK_MS) {
    const fromMs = Math.max(startMs, instantMs - backMs);
    const due = listOccurrences(schedule, {
      anchorMs,
      afterMs: fromMs,
      untilMs: instantMs - 1,
      limit: 4_000,
      searches: MOST_SEARCHES,
    });
    const last = due.instants.at(-1);
    if (last !== undefined || fromMs === startMs) return last ?? null;
  }
  return null;
}

function clockOf({ event }: JobSpan): Clock | null {
  const { schedule, anchor } = event;
  return schedule === null || anchor === null ? null : { schedule, anchorMs: anchor.getTime() };
}

function boundsOf({ event, endedBy }: JobSpan): { afterMs: number; lastMs: number } {
  return { afterMs: event.at.getTime(), lastMs: endedBy?.at.getTime() ?? Infinity };
}
