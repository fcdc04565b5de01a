/** One moment at which the clocks of a zone are put forward or back. */
export interface ZoneShift {
  /** The first instant after the jump. */
  atMs: number;
  /** The wall clock before and after the jump, each as if it were UTC. */
  wallFromMs: number;
  wallToMs: number;
}

/** A stretch of time in which the clocks of a zone keep one offset. */
export interface OffsetStretch {
  /**
   * The first instant of it and the first after it. Each is a shift, or infinite, or as far as was
   * looked: more than half a year away from the instant that was asked for.
   */
  fromMs: number;
  untilMs: number;
  /** What the wall clock is ahead of UTC. */
  offsetMs: number;
}

const YEAR_MS = 366 * 86_400_000;
const ZONES_KEPT = 1_000;

/** What is known of a zone between two instants; a range that grows as it is asked for. */
interface KnownShifts {
  /** Exclusive. */
  fromMs: number;
  /** Inclusive. */
  untilMs: number;
  /** At `fromMs`. */
  offsetMs: number;
  shifts: ZoneShift[];
}

const UTC: KnownShifts = { fromMs: -Infinity, untilMs: Infinity, offsetMs: 0, shifts: [] };

const zones = new Map<string, KnownShifts>();

/** The shifts of a zone's clocks in (afterMs, untilMs], forward and back, oldest first. */
export function shiftsBetween(timezone: string, afterMs: number, untilMs: number): ZoneShift[] {
  const { shifts } = knownShifts(timezone, { fromMs: afterMs, untilMs });
  return shifts.filter(({ atMs }) => atMs > afterMs && atMs <= untilMs);
}

/** Those forward, by which the wall clock skips the times between. */
export function gapsBetween(timezone: string, afterMs: number, untilMs: number): ZoneShift[] {
  const shifts = shiftsBetween(timezone, afterMs, untilMs);
  return shifts.filter(({ wallFromMs, wallToMs }) => wallToMs > wallFromMs);
}

/** The stretch of a zone's time that holds `atMs`. Throws `RangeError` for an unknown zone. */
export function offsetStretch(timezone: string, atMs: number): OffsetStretch {
  const around = { fromMs: atMs - YEAR_MS / 2, untilMs: atMs + YEAR_MS / 2 };
  const known = knownShifts(timezone, around);
  const before = known.shifts.findLast((shift) => shift.atMs <= atMs);
  const after = known.shifts.find((shift) => shift.atMs > atMs);
  return {
    fromMs: before?.atMs ?? known.fromMs,
    untilMs: after?.atMs ?? known.untilMs,
    offsetMs: before === undefined ? known.offsetMs : before.wallToMs - before.atMs,
  };
}

function knownShifts(
  timezone: string,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): KnownShifts {
  if (timezone === "UTC") return UTC;
  const known = zones.get(timezone);
  if (known !== undefined && fromMs >= known.fromMs && untilMs <= known.untilMs) return known;
  const read = readShifts(timezone, {
    fromMs: Math.min(known?.fromMs ?? Infinity, fromMs - YEAR_MS),
    untilMs: Math.max(known?.untilMs ?? -Infinity, untilMs + 10 * YEAR_MS),
  });
  if (zones.size >= ZONES_KEPT) zones.clear();
  zones.set(timezone, read);
  return read;
}

function readShifts(
  timezone: string,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): KnownShifts {
  const shifts: ZoneShift[] = [];
  let moment = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timezone);
  const known = { fromMs, untilMs, offsetMs: moment.offsetNanoseconds / 1e6, shifts };
  let { offsetMs } = known;
  for (;;) {
    const next = moment.getTimeZoneTransition("next");
    if (next === null || next.epochMilliseconds > untilMs) return known;
    const offsetAfterMs = next.offsetNanoseconds / 1e6;
    if (offsetAfterMs !== offsetMs) {
      shifts.push({
        atMs: next.epochMilliseconds,
        wallFromMs: next.epochMilliseconds + offsetMs,
        wallToMs: next.epochMilliseconds + offsetAfterMs,
      });
    }
    moment = next;
    offsetMs = offsetAfterMs;
  }
}
