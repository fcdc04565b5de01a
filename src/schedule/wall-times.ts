import type { DueDates } from "./dates.ts";
import { dueDates, lowestBit, nextDate } from "./dates.ts";
import type { CronPattern } from "./syntax.ts";

/**
 * The times that an expression names on a wall clock, in bits: 1 << n is the value n, and n + 30 in
 * the later half of an hour or a minute. It costs about 200 bytes and is asked in under 0.1 µs.
 */
export interface WallTimes {
  earlySeconds: number;
  lateSeconds: number;
  earlyMinutes: number;
  lateMinutes: number;
  hours: number;
  dates: DueDates;
}

const DAY_SECONDS = 86_400;
const HALF = 30;

/** The times of day and the dates of an expression, ready to be asked. */
export function wallTimes(pattern: CronPattern): WallTimes {
  const { second, minute, hour } = pattern;
  return {
    earlySeconds: bitsFrom(second.values, 0),
    lateSeconds: bitsFrom(second.values, HALF),
    earlyMinutes: bitsFrom(minute.values, 0),
    lateMinutes: bitsFrom(minute.values, HALF),
    hours: bitsFrom(hour.values, 0),
    dates: dueDates(pattern),
  };
}

/**
 * The first time from `fromMs` on, both in milliseconds as if the wall clock were that of UTC; null
 * when none comes before the year 3000.
 */
export function nextWallTime(times: WallTimes, fromMs: number): number | null {
  const fromSecond = Math.ceil(fromMs / 1_000);
  const day = Math.floor(fromSecond / DAY_SECONDS);
  const dueDay = nextDate(times.dates, day);
  if (dueDay !== day) return firstOf(times, dueDay);
  const second = nextOfDay(times, fromSecond - day * DAY_SECONDS);
  if (second === null) return firstOf(times, nextDate(times.dates, day + 1));
  return (day * DAY_SECONDS + second) * 1_000;
}

function bitsFrom(values: readonly number[], from: number): number {
  return values.reduce(
    (bits, value) => (value >= from && value < from + HALF ? bits | (1 << (value - from)) : bits),
    0,
  );
}

function firstOf(times: WallTimes, day: number | null): number | null {
  if (day === null) return null;
  return (day * DAY_SECONDS + (nextOfDay(times, 0) ?? 0)) * 1_000;
}

/** The first second of the day from `fromSecond` on; null when the day has no more. */
function nextOfDay(times: WallTimes, fromSecond: number): number | null {
  const fromHour = Math.floor(fromSecond / 3_600);
  const fromMinute = Math.floor(fromSecond / 60) % 60;
  let hour = firstBit(times.hours, fromHour);
  if (hour === fromHour) {
    let minute = firstMinute(times, fromMinute);
    if (minute === fromMinute) {
      const second = firstSecond(times, fromSecond % 60);
      if (second !== null) return hour * 3_600 + minute * 60 + second;
      minute = firstMinute(times, fromMinute + 1);
    }
    if (minute !== null) return hour * 3_600 + minute * 60 + (firstSecond(times, 0) ?? 0);
    hour = firstBit(times.hours, fromHour + 1);
  }
  if (hour === null) return null;
  return hour * 3_600 + (firstMinute(times, 0) ?? 0) * 60 + (firstSecond(times, 0) ?? 0);
}

function firstMinute({ earlyMinutes, lateMinutes }: WallTimes, from: number): number | null {
  return firstOfHalves(earlyMinutes, lateMinutes, from);
}

function firstSecond({ earlySeconds, lateSeconds }: WallTimes, from: number): number | null {
  return firstOfHalves(earlySeconds, lateSeconds, from);
}

function firstOfHalves(early: number, late: number, from: number): number | null {
  const found = from < HALF ? firstBit(early, from) : null;
  if (found !== null) return found;
  const inLate = firstBit(late, Math.max(0, from - HALF));
  return inLate === null ? null : inLate + HALF;
}

/** The lowest bit that is set, from bit `from` on, which is below 32. */
function firstBit(bits: number, from: number): number | null {
  const left = bits & (-1 << from);
  return left === 0 ? null : lowestBit(left);
}
