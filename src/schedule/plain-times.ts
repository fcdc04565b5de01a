import type { CronPattern } from "./syntax.ts";

/** A cron expression of plain numbers: its times can be listed by counting, without a search. */
export interface PlainClock {
  /** In rising order. */
  seconds: readonly number[];
  minutes: readonly number[];
  hours: readonly number[];
  /** Whether it is due on a day, given as days since 1970-01-01 on the wall clock. */
  isDue: (day: number) => boolean;
}

/** Times on a wall clock, in milliseconds as if it were UTC. */
export interface WallWindow {
  /** Exclusive. */
  afterMs: number;
  /** Inclusive. */
  untilMs: number;
  /** The most times that are listed. */
  limit: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The expression as plain numbers, or null where days are given by `L`, `W` or `#`. */
export function plainClock(pattern: CronPattern): PlainClock | null {
  const { dayOfMonth, dayOfWeek, month, eitherDay } = pattern;
  if (dayOfMonth.last || dayOfMonth.nearest.length > 0 || dayOfWeek.nth) return null;
  const months = new Set(month.values);
  const days = new Set(dayOfMonth.values);
  const weekdays = new Set(dayOfWeek.values);
  return {
    seconds: pattern.second.values,
    minutes: pattern.minute.values,
    hours: pattern.hour.values,
    isDue: (day) => {
      const date = new Date(day * DAY_MS);
      if (!months.has(date.getUTCMonth() + 1)) return false;
      const byDay = days.has(date.getUTCDate());
      const byWeekday = weekdays.has(date.getUTCDay());
      return eitherDay ? byDay || byWeekday : byDay && byWeekday;
    },
  };
}

/** The times of the clock in the window, oldest first. */
export function wallTimes(clock: PlainClock, window: WallWindow): number[] {
  const times: number[] = [];
  const lastDay = Math.floor(window.untilMs / DAY_MS);
  for (let day = Math.floor(window.afterMs / DAY_MS); day <= lastDay; day += 1) {
    if (!clock.isDue(day)) continue;
    for (const hour of clock.hours) {
      const hourMs = day * DAY_MS + hour * HOUR_MS;
      if (hourMs > window.untilMs) break;
      if (hourMs + HOUR_MS > window.afterMs) addHour(times, clock, { ...window, hourMs });
      if (times.length >= window.limit) return times;
    }
  }
  return times;
}

function addHour(
  times: number[],
  clock: PlainClock,
  { afterMs, untilMs, limit, hourMs }: WallWindow & { hourMs: number },
): void {
  for (const minute of clock.minutes) {
    for (const second of clock.seconds) {
      const timeMs = hourMs + minute * 60_000 + second * 1_000;
      if (timeMs <= afterMs) continue;
      if (timeMs > untilMs || times.length >= limit) return;
      times.push(timeMs);
    }
  }
}
