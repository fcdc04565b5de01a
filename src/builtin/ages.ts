const HOUR_MS = 3_600_000;

/** The instant so many hours before another one. */
export function hoursBefore(instant: Date, hours: number): Date {
  return new Date(instant.getTime() - hours * HOUR_MS);
}

/** The instant so many times 24 hours before another one. */
export function daysBefore(instant: Date, days: number): Date {
  return hoursBefore(instant, 24 * days);
}
