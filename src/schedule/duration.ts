/**
 * The length of `text` in milliseconds, or null when it is not a duration. The form is strict:
 * whole numbers with the units d, h, m, s, ms in that order, each at most once, and nothing else
 * (`1h30m`, `45s`, `500ms`). Lenient parsers read `5m garbage` as five minutes.
 */
export function parseDuration(text: string): number | null {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (match === null) return null;
  const [, days, hours, minutes, seconds, milliseconds] = match;
  const ms =
    Number(days ?? 0) * 86_400_000 +
    Number(hours ?? 0) * 3_600_000 +
    Number(minutes ?? 0) * 60_000 +
    Number(seconds ?? 0) * 1_000 +
    Number(milliseconds ?? 0);
  return ms > 0 && Number.isSafeInteger(ms) ? ms : null;
}
