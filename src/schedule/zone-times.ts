import type { ClockChangePolicy } from "../model/policy.ts";
import type { ZoneShift } from "./shifts.ts";
import { offsetStretch } from "./shifts.ts";
import type { WallTimes } from "./wall-times.ts";
import { nextWallTime } from "./wall-times.ts";

/** A greater shift of a zone is a correction of its clocks, which Vixie cron ignores too. */
const LONGEST_COMPENSATED_MS = 3 * 3_600_000;

/** What a schedule does where its `dst` says nothing: fixed times are meant once on each day. */
export function clockChangeRule(
  fixed: boolean,
  { gap, fold }: ClockChangePolicy = {},
): Required<ClockChangePolicy> {
  return {
    gap: gap ?? (fixed ? "run_after" : "skip"),
    fold: fold ?? (fixed ? "once" : "twice"),
  };
}

/**
 * The first instant strictly after `afterMs` at which the clocks of a zone show one of the times, on
 * a whole second; or null when none comes before the year 3000. Under `gap: run_after` the first
 * instant after a gap stands for all times that the gap swallows; under `fold: once` the second
 * pass of a repeated stretch counts for nothing. Shifts of more than three hours are taken as they
 * are. Throws `RangeError` for an unknown zone.
 */
export function nextZoneTime(
  times: WallTimes,
  { timezone, gap, fold }: Required<ClockChangePolicy> & { timezone: string },
  afterMs: number,
): number | null {
  let fromMs = (Math.floor(afterMs / 1_000) + 1) * 1_000;
  for (;;) {
    const { offsetMs, untilMs, shift } = offsetStretch(timezone, fromMs);
    let startMs = fromMs;
    if (shift !== null && isCompensated(shift)) {
      const atGap = gap === "run_after" && fromMs === shift.atMs;
      if (atGap && swallowsTime(shift, times)) return fromMs;
      if (fold === "once") startMs = Math.max(fromMs, secondPassEnd(shift));
    }
    const wallMs = nextWallTime(times, startMs + offsetMs);
    if (wallMs === null) return null;
    if (wallMs - offsetMs < untilMs) return wallMs - offsetMs;
    fromMs = untilMs;
  }
}

function isCompensated({ wallFromMs, wallToMs }: ZoneShift): boolean {
  return Math.abs(wallToMs - wallFromMs) <= LONGEST_COMPENSATED_MS;
}

function swallowsTime({ wallFromMs, wallToMs }: ZoneShift, times: WallTimes): boolean {
  const wallMs = wallFromMs < wallToMs ? nextWallTime(times, wallFromMs) : null;
  return wallMs !== null && wallMs < wallToMs;
}

/** A shift forward has no second pass: then this is before the shift. */
function secondPassEnd({ atMs, wallFromMs, wallToMs }: ZoneShift): number {
  return atMs + wallFromMs - wallToMs;
}
