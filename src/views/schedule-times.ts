const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/**
 * An instant (ISO 8601) in a zone, with its offset: `Mon 2026-11-23 03:30 +01:00`. Seconds are
 * shown where there are any.
 */
export function zonedTime(instant: string, timezone: string): string {
  const { text, offset } = readClock(instant, timezone, hasSeconds(instant));
  return `${text} ${offset}`;
}

/** A day, `2026-11-20`, with its weekday: `Fri 2026-11-20`. */
export function dayText(day: string): string {
  return `${WEEKDAYS[Temporal.PlainDate.from(day).dayOfWeek - 1]} ${day}`;
}

/** Several of them: one by one, and joined with the offset only once where they share it. */
export function zonedTimes(
  instants: readonly string[],
  timezone: string,
): { joined: string; each: string[] } {
  // Times beside one another are easier to compare when all of them show their seconds.
  const seconds = instants.some((instant) => hasSeconds(instant));
  const clocks = instants.map((instant) => readClock(instant, timezone, seconds));
  const each = clocks.map(({ text, offset }) => `${text} ${offset}`);
  const [first] = clocks;
  if (first === undefined || clocks.some(({ offset }) => offset !== first.offset)) {
    return { joined: each.join(", "), each };
  }
  const texts = clocks.map(({ text }) => text);
  return { joined: `${texts.join(", ")} (${first.offset})`, each };
}

function hasSeconds(instant: string): boolean {
  return Temporal.Instant.from(instant).epochMilliseconds % 60_000 !== 0;
}

function readClock(
  instant: string,
  timezone: string,
  seconds: boolean,
): { text: string; offset: string } {
  const time = Temporal.Instant.from(instant).toZonedDateTimeISO(timezone);
  const clock = time.toPlainTime().toString({ smallestUnit: seconds ? "second" : "minute" });
  const date = `${WEEKDAYS[time.dayOfWeek - 1]} ${time.toPlainDate().toString()}`;
  return { text: `${date} ${clock}`, offset: time.offset };
}
