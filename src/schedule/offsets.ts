/** A stretch of time in which the clocks of a zone keep one offset. */
export interface OffsetStretch {
  /** The first instant of it, and the first after it; infinite where nothing bounds it. */
  fromMs: number;
  untilMs: number;
  /** What the wall clock is ahead of UTC. */
  offsetMs: number;
}

const ZONES_KEPT = 1_000;

const known = new Map<string, OffsetStretch[]>();

/** The stretch of a zone's time that holds `atMs`. Throws `RangeError` for an unknown zone. */
export function offsetStretch(timezone: string, atMs: number): OffsetStretch {
  const stretches = known.get(timezone) ?? [];
  const found = stretches.find(({ fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs);
  if (found !== undefined) return found;
  const stretch = readStretch(timezone, atMs);
  if (known.size >= ZONES_KEPT) known.clear();
  known.set(timezone, [...stretches, stretch]);
  return stretch;
}

function readStretch(timezone: string, atMs: number): OffsetStretch {
  const moment = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone);
  // A transition at this very instant begins the stretch; "previous" looks strictly before.
  const start = moment.add({ milliseconds: 1 }).getTimeZoneTransition("previous");
  const end = moment.getTimeZoneTransition("next");
  return {
    fromMs: start?.epochMilliseconds ?? -Infinity,
    untilMs: end?.epochMilliseconds ?? Infinity,
    offsetMs: moment.offsetNanoseconds / 1e6,
  };
}
