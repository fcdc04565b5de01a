import { mayMeet, type DueDays } from "./due-days.ts";

const MINUTES = 60;
const HOURS = 24;

/** Times of the wall clock of a zone, on some days. */
export interface DailyTimes {
  timezone: string;
  minutes: readonly number[];
  hours: readonly number[];
  days: DueDays;
}

/** How many jobs each minute of the day has, by zone and days. */
export type Loads = ReadonlyMap<string, ReadonlyMap<DueDays, Uint32Array>>;

/** Counts the jobs that each minute has; `days` that are the same object are counted together. */
export function loadsOf(all: readonly DailyTimes[]): Loads {
  const loads = new Map<string, Map<DueDays, Uint32Array>>();
  for (const { timezone, minutes, hours, days } of all) {
    const ofZone = loads.get(timezone) ?? new Map<DueDays, Uint32Array>();
    loads.set(timezone, ofZone);
    const load = ofZone.get(days) ?? new Uint32Array(HOURS * MINUTES);
    ofZone.set(days, load);
    for (const hour of hours) for (const minute of minutes) add(load, { at: at(hour, minute) });
  }
  return loads;
}

/** Minutes to move to. */
export interface Shift {
  minutes: number[];
  /** No day has more jobs than this at one of the new minutes. */
  load: number;
}

/**
 * The same minutes a little later, where the fewest jobs are due. The steps of 17 keep clear of the
 * round minutes that others choose.
 */
export function freeShift(times: DailyTimes, loads: Loads): Shift | null {
  const { minutes, hours } = times;
  const load = loadOn(times, loads);
  let best: Shift | null = null;
  for (let step = 1; step < MINUTES; step += 1) {
    const by = (step * stepOf(minutes)) % MINUTES;
    const shifted = minutes.map((minute) => (minute + by) % MINUTES).sort((a, b) => a - b);
    const most = Math.max(
      ...hours.flatMap((hour) => shifted.map((minute) => load[at(hour, minute)] ?? 0)),
    );
    if (best === null || most < best.load) best = { minutes: shifted, load: most };
    if (best.load === 0) break;
  }
  return best;
}

/** The jobs of each minute whose days may meet these; on any one of the days there may be fewer. */
function loadOn({ timezone, days }: DailyTimes, loads: Loads): Uint32Array {
  const sum = new Uint32Array(HOURS * MINUTES);
  for (const [others, load] of loads.get(timezone) ?? []) {
    if (!mayMeet(days, others)) continue;
    for (const [index, jobs] of load.entries()) add(sum, { at: index, jobs });
  }
  return sum;
}

function add(load: Uint32Array, { at: index, jobs = 1 }: { at: number; jobs?: number }): void {
  load[index] = (load[index] ?? 0) + jobs;
}

function at(hour: number, minute: number): number {
  return hour * MINUTES + minute;
}

/** Within the distance of two minutes of the schedule, lest the shift ends where it began. */
function stepOf(minutes: readonly number[]): number {
  return minutes.length === 1 ? 17 : 3;
}
