import type { CronProblem } from "./fields.ts";

const ZONES_KEPT = 1_000;

const zoneExists = new Map<string, boolean>();

/** Whether `name` is a zone of the IANA database. An offset such as `+01:00` is not. */
export function isTimezone(name: string): boolean {
  const known = zoneExists.get(name);
  if (known !== undefined) return known;
  const exists = /^[A-Za-z]/.test(name) && canFormat(name);
  if (zoneExists.size >= ZONES_KEPT) zoneExists.clear();
  zoneExists.set(name, exists);
  return exists;
}

/** What is wrong with the name of a zone, or null. */
export function timezoneProblem(timezone: string): CronProblem | null {
  if (timezone.trim() === "") {
    return {
      message: "The time zone is empty",
      help: "write UTC, or a name such as Europe/London",
    };
  }
  if (isTimezone(timezone)) return null;
  const meant = nearestTimezone(timezone);
  return {
    message: `\`${timezone}\` is not a time zone`,
    help:
      meant === null
        ? "write a name of the IANA database, such as UTC or Europe/London"
        : `did you mean \`${meant}\`?`,
  };
}

/** The zone whose last part is `name`, blanks and capitals aside: `london` is Europe/London. */
function nearestTimezone(name: string): string | null {
  const wanted = name.trim().replaceAll(" ", "_").toLowerCase();
  const zones = Intl.supportedValuesOf("timeZone");
  return zones.find((zone) => zone.toLowerCase().split("/").at(-1) === wanted) ?? null;
}

function canFormat(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
