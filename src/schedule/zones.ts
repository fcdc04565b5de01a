import type { CronProblem } from "./fields.ts";

/** One moment at which the clocks of a zone are put forward or back. */
export interface ZoneShift {
  /** The first instant after the jump. */
  atMs: number;
  /** The wall clock before and after the jump, each as if it were UTC. */
  wallFromMs: number;
  wallToMs: number;
}

/** A shift forward: the wall clock skips the times between. */
export type ZoneGap = ZoneShift;

/** What is known of a zone between two instants; a range that grows as it is asked for. */
interface KnownShifts {
  fromMs: number;
  untilMs: number;
  shifts: ZoneShift[];
}

const YEAR_MS = 366 * 86_400_000;
const ZONES_KEPT = 1_000;

const zoneExists = new Map<string, boolean>();
const knownShifts = new Map<string, KnownShifts>();

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

/** The gaps of a zone in (afterMs, untilMs], oldest first. */
export function gapsBetween(timezone: string, afterMs: number, untilMs: number): ZoneGap[] {
  const shifts = shiftsBetween(timezone, afterMs, untilMs);
  return shifts.filter(({ wallFromMs, wallToMs }) => wallToMs > wallFromMs);
}

/** The shifts of a zone's clocks in (afterMs, untilMs], forward and back, oldest first. */
export function shiftsBetween(timezone: string, afterMs: number, untilMs: number): ZoneShift[] {
  if (timezone === "UTC") return [];
  let known = knownShifts.get(timezone);
  if (known === undefined || afterMs < known.fromMs || untilMs > known.untilMs) {
    const fromMs = Math.min(known?.fromMs ?? Infinity, afterMs - YEAR_MS);
    const toMs = Math.max(known?.untilMs ?? -Infinity, untilMs + 10 * YEAR_MS);
    known = { fromMs, untilMs: toMs, shifts: readShifts(timezone, fromMs, toMs) };
    if (knownShifts.size >= ZONES_KEPT) knownShifts.clear();
    knownShifts.set(timezone, known);
  }
  return known.shifts.filter(({ atMs }) => atMs > afterMs && atMs <= untilMs);
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

function readShifts(timezone: string, fromMs: number, untilMs: number): ZoneShift[] {
  const shifts: ZoneShift[] = [];
  let moment = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timezone);
  let offsetMs = moment.offsetNanoseconds / 1e6;
  for (;;) {
    const next = moment.getTimeZoneTransition("next");
    if (next === null || next.epochMilliseconds > untilMs) return shifts;
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
