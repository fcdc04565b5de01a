const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/**
 * An instant (ISO 8601) in a zone, with its offset: `Mon 2026-11-23 03:30 +01:00`. Seconds are
 * shown where there are any.
 */
export function zonedTime(instant: string, timezone: string): string {
  const { text, offset } = readClock(instant, timezone);
  return `${text} ${offset}`;
}

/** Several of them: one by one, and joined with the offset only once where they share it. */
export function zonedTimes(
  instants: readonly string[],
  timezone: string,
): { joined: string; each: string[] } {
  const clocks = instants.map((instant) => readClock(instant, timezone));
  const each = clocks.map(({ text, offset }) => `${text} ${offset}`);
  const [first] = clocks;
  if (first === undefined || clocks.some(({ offset }) => offset !== first.offset)) {
    return { joined: each.join(", "), each };
  }
  const texts = clocks.map(({ text }) => text);
  return { joined: `${texts.join(", ")} (${first.offset})`, each };
}

function readClock(instant: string, timezone: string): { text: string; offset: string } {
  const time = Temporal.Instant.from(instant).toZonedDateTimeISO(timezone);
  const clock = time.toPlainTime().toString({
    smallestUnit: time.second === 0 && time.millisecond === 0 ? "minute" : "second",
  });
  const date = `${WEEKDAYS[time.dayOfWeek - 1]} ${time.toPlainDate().toString()}`;
  return { text: `${date} ${clock}`, offset: time.offset };
}
