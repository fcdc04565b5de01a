import type { ClockChangePolicy } from "../model/policy.ts";
import { nextCron, type ZonedCron } from "../schedule/cron.ts";
import type { CronProblem } from "../schedule/fields.ts";
import { shiftsBetween, type ZoneShift } from "../schedule/shifts.ts";
import { cronTimes } from "./cron-times.ts";
import { remembering } from "./remembering.ts";

const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;

/**
 * The warning about dates of the next year on which the clocks of the zone change at a time that
 * the schedule names. A schedule with `*` or `/` in its times follows real time: it has no
 * occurrence in the hour that is skipped, and two in the one that is repeated. Of what `dst` says
 * something about nothing is said here.
 */
export function clockChangeWarning(
  { expression, timezone, dst = {} }: ZonedCron,
  nowMs: number,
): CronProblem | null {
  const times = cronTimes(expression);
  // One that names its times by value runs once whatever the clocks do, and one for all hours of
  // the day is meant to follow real time.
  if (timezone === "UTC" || times === null || times.fixed || times.wholeDay) return null;
  const day = Math.floor(nowMs / DAY_MS);
  const phrases = known([timezone, day, expression].join(" "));
  const kinds = (["gap", "fold"] as const).filter(
    (kind) => dst[kind] === undefined && phrases[kind].length > 0,
  );
  if (kinds.length === 0) return null;
  const found = kinds.flatMap((kind) => phrases[kind]).sort((a, b) => a.atMs - b.atMs);
  return {
    message: `in ${timezone} it is ${found.map(({ text }) => text).join("; ")}`,
    help: policyHelp(kinds),
  };
}

/** What the schedule does at one change of the clocks. */
interface Phrase {
  atMs: number;
  text: string;
}

/** Kept by the day, so that the result does not depend on when of the day it was first asked. */
const known = remembering((key): Record<keyof ClockChangePolicy, Phrase[]> => {
  const [timezone = "", day = "", ...fields] = key.split(" ");
  const given = { expression: fields.join(" "), timezone };
  const fromMs = Number(day) * DAY_MS;
  const phrases: Record<keyof ClockChangePolicy, Phrase[]> = { gap: [], fold: [] };
  for (const shift of shiftsBetween(timezone, fromMs, fromMs + YEAR_MS)) {
    const kind = shift.wallToMs > shift.wallFromMs ? "gap" : "fold";
    const text = kind === "gap" ? skipped(shift, given) : repeated(shift, given);
    if (text !== null) phrases[kind].push({ atMs: shift.atMs, text });
  }
  return phrases;
});

const REMEDIES: Record<keyof ClockChangePolicy, { once: string; asIs: string }> = {
  gap: { once: "gap: run_after", asIs: "gap: skip" },
  fold: { once: "fold: once", asIs: "fold: twice" },
};

function policyHelp(kinds: readonly (keyof ClockChangePolicy)[]): string {
  const once = kinds.map((kind) => REMEDIES[kind].once).join(", ");
  const asIs = kinds.map((kind) => REMEDIES[kind].asIs).join(", ");
  return `add \`dst: {${once}}\` for one run, or \`dst: {${asIs}}\` if it is meant so`;
}

/** UTC has no shifts: in it the expression shows which times of the wall clock it names. */
function named(
  expression: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): number | null {
  const wallMs = nextCron({ expression, timezone: "UTC" }, fromMs - 1);
  return wallMs !== null && wallMs < toMs ? wallMs : null;
}

function skipped({ wallFromMs, wallToMs }: ZoneShift, given: ZonedCron): string | null {
  const lostMs = named(given.expression, { fromMs: wallFromMs, toMs: wallToMs });
  if (lostMs === null) return null;
  const date = dateText(lostMs);
  const [from, to] = [clockText(wallFromMs), clockText(wallToMs)];
  return isDueOn(lostMs, given)
    ? `not due between ${from} and ${to} on ${date}, which the clocks skip`
    : `not due on ${date}, when the clocks go from ${from} to ${to}`;
}

function repeated({ wallFromMs, wallToMs }: ZoneShift, { expression }: ZonedCron): string | null {
  const twiceMs = named(expression, { fromMs: wallToMs, toMs: wallFromMs });
  if (twiceMs === null) return null;
  const dayMs = Math.floor(twiceMs / DAY_MS) * DAY_MS;
  const before = named(expression, { fromMs: dayMs, toMs: wallToMs });
  const after = named(expression, { fromMs: wallFromMs, toMs: dayMs + DAY_MS });
  const date = dateText(twiceMs);
  const [from, to] = [clockText(wallFromMs), clockText(wallToMs)];
  return before === null && after === null
    ? `due twice at each time on ${date}, when the clocks go back from ${from} to ${to}`
    : `due twice at each time between ${to} and ${from} on ${date}, which the clocks repeat`;
}

/** Whether anything is left on the local date of a time of the wall clock. */
function isDueOn(wallMs: number, given: ZonedCron): boolean {
  const date = Temporal.PlainDate.from(new Date(wallMs).toISOString().slice(0, 10));
  const startMs = date.toZonedDateTime(given.timezone).epochMilliseconds;
  const endMs = date.add({ days: 1 }).toZonedDateTime(given.timezone).epochMilliseconds;
  const dueMs = nextCron(given, startMs - 1);
  return dueMs !== null && dueMs < endMs;
}

/** `Sun 2027-03-28`. */
function dateText(wallMs: number): string {
  const date = new Date(wallMs);
  return `${WEEKDAYS[date.getUTCDay()]} ${date.toISOString().slice(0, 10)}`;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** `01:00`. */
function clockText(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(11, 16);
}
