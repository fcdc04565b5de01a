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
  /** The shift that begins it; null where none is known. */
  shift: ZoneShift | null;
}

const YEAR_MS = 366 * 86_400_000;
const ZONES_KEPT = 1_000;

/** What is known of a zone from the first of its stretches to the last, each next to the other. */
interface KnownZone {
  fromMs: number;
  untilMs: number;
  stretches: OffsetStretch[];
}

const UTC_STRETCH = { fromMs: -Infinity, untilMs: Infinity, offsetMs: 0, shift: null };
const UTC: KnownZone = { fromMs: -Infinity, untilMs: Infinity, stretches: [UTC_STRETCH] };

const zones = new Map<string, KnownZone>();

/** The shifts of a zone's clocks in (afterMs, untilMs], forward and back, oldest first. */
export function shiftsBetween(timezone: string, afterMs: number, untilMs: number): ZoneShift[] {
  const { stretches } = knownZone(timezone, { fromMs: afterMs, untilMs });
  return stretches
    .map(({ shift }) => shift)
    .filter((shift) => shift !== null)
    .filter(({ atMs }) => atMs > afterMs && atMs <= untilMs);
}

/** The stretch of a zone's time that holds `atMs`. Throws `RangeError` for an unknown zone. */
export function offsetStretch(timezone: string, atMs: number): OffsetStretch {
  const around = { fromMs: atMs - YEAR_MS / 2, untilMs: atMs + YEAR_MS / 2 };
  const { stretches } = knownZone(timezone, around);
  let [low, high] = [0, stretches.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((stretches[middle]?.fromMs ?? Infinity) <= atMs) low = middle;
    else high = middle - 1;
  }
  return stretches[low] ?? UTC_STRETCH;
}

/** The range that is known of a zone grows as it is asked for. */
function knownZone(
  timezone: string,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): KnownZone {
  if (timezone === "UTC") return UTC;
  const known = zones.get(timezone);
  if (known !== undefined && fromMs >= known.fromMs && untilMs <= known.untilMs) return known;
  const read = readZone(timezone, {
    fromMs: Math.min(known?.fromMs ?? Infinity, fromMs - YEAR_MS),
    untilMs: Math.max(known?.untilMs ?? -Infinity, untilMs + 10 * YEAR_MS),
  });
  if (zones.size >= ZONES_KEPT) zones.clear();
  zones.set(timezone, read);
  return read;
}

function readZone(
  timezone: string,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): KnownZone {
  const stretches: OffsetStretch[] = [];
  let moment = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timezone);
  let current: OffsetStretch = {
    fromMs,
    untilMs,
    offsetMs: moment.offsetNanoseconds / 1e6,
    shift: null,
  };
  for (;;) {
    const next = moment.getTimeZoneTransition("next");
    if (next === null || next.epochMilliseconds > untilMs) break;
    const [atMs, offsetMs] = [next.epochMilliseconds, next.offsetNanoseconds / 1e6];
    if (offsetMs !== current.offsetMs) {
      const [wallFromMs, wallToMs] = [atMs + current.offsetMs, atMs + offsetMs];
      stretches.push({ ...current, untilMs: atMs });
      current = { fromMs: atMs, untilMs, offsetMs, shift: { atMs, wallFromMs, wallToMs } };
    }
    moment = next;
  }
  return { fromMs, untilMs, stretches: [...stretches, current] };
}
