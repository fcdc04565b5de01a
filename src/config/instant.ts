/**
 * Milliseconds since the epoch of `2026-12-25T09:00:00+01:00`, or null when there is no such day
 * or time. `Date.parse` alone takes 30 February for 2 March.
 */
export function parseInstant(text: string): number | null {
  const match =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,3})?)?(?:Z|[+-](\d\d):(\d\d))$/.exec(
      text,
    );
  if (match === null) return null;
  const [year, month, day, hour, minute, second, offsetHour, offsetMinute] = match
    .slice(1)
    .map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const inDay = hour < 24 && minute < 60 && second < 60 && offsetHour < 24 && offsetMinute < 60;
  const ms = Date.parse(text);
  return exists && inDay && Number.isFinite(ms) ? ms : null;
}
