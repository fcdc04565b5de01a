import { nextCron } from "../schedule/cron.ts";
import { isProblem } from "../schedule/fields.ts";
import { parseCron } from "../schedule/syntax.ts";

const DAY_MS = 86_400_000;
const DAYS = 366;
/** To search for a date takes a tenth of a millisecond, and a file could ask for a million. */
const MOST_SEARCHES = 5_000;

/** The days of a year in order: 1 for each that is due. */
export type DueDays = Uint8Array;

/** Days of which too many had to be searched for; they may be any. */
export const UNKNOWN_DAYS: DueDays = new Uint8Array();

/**
 * Tells on which days of the year from `nowMs` on the day and month fields of an expression, such
 * as `1 * MON`, are due on the wall clock. What was told once is kept.
 */
export function dueDaysFrom(nowMs: number): (fields: string) => DueDays {
  const first = Math.floor(nowMs / DAY_MS);
  const known = new Map<string, DueDays>();
  let searches = 0;
  return (fields) => {
    const kept = known.get(fields);
    if (kept !== undefined) return kept;
    const searched = isSearched(fields);
    const days = searched && searches >= MOST_SEARCHES ? UNKNOWN_DAYS : listDays(fields, first);
    if (searched) searches += days.reduce((sum, due) => sum + due, 1);
    known.set(fields, days);
    return days;
  };
}

/** Whether there is a day on which both may be due. */
export function mayMeet(one: DueDays, other: DueDays): boolean {
  if (one === UNKNOWN_DAYS || other === UNKNOWN_DAYS) return true;
  return one === other || one.some((due, day) => due === 1 && other[day] === 1);
}

function isSearched(fields: string): boolean {
  const pattern = parseCron(`0 0 ${fields}`);
  return !isProblem(pattern) && pattern.specialDays;
}

function listDays(fields: string, first: number): DueDays {
  const days = new Uint8Array(DAYS);
  const midnights = { expression: `0 0 ${fields}`, timezone: "UTC" };
  let atMs = nextCron(midnights, first * DAY_MS - 1);
  while (atMs !== null && atMs < (first + DAYS) * DAY_MS) {
    days[atMs / DAY_MS - first] = 1;
    atMs = nextCron(midnights, atMs);
  }
  return days;
}
