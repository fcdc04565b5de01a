import type { ClockChangePolicy } from "../../src/model/policy.ts";

/** Instants in milliseconds since the epoch. */
export interface WalkOptions extends ClockChangePolicy {
  afterMs: number;
  count: number;
  /** Where the walk ends; by default after fourteen years. */
  longestDays?: number;
}

/**
 * Fire times found by walking the clock, with nothing of `src/` but a type and nothing of croner:
 * what the golden table is made from. Each minute of real time is looked at, or each second, and of
 * Temporal only what the wall clock shows then. It is slow, and reads only well-formed six-field
 * expressions.
 */
export function walkFires(expression: string, zone: string, options: WalkOptions): number[] {
  const walk = readWalk(expression, zone, options);
  const fires: number[] = [];
  const firstMs = (Math.floor(options.afterMs / walk.stepMs) + 1) * walk.stepMs;
  const endMs = firstMs + (options.longestDays ?? LONGEST_WALK_DAYS) * 24 * HOUR_MS;
  for (let hourMs = floorHour(firstMs); hourMs < endMs; hourMs += HOUR_MS) {
    if (!mayFire(walk, hourMs)) continue;
    for (let ms = Math.max(hourMs, firstMs); ms < hourMs + HOUR_MS; ms += walk.stepMs) {
      if (isFire(walk, ms)) fires.push(ms);
      if (fires.length === options.count) return fires;
    }
  }
  return fires;
}

interface Rule {
  seconds: Set<number>;
  minutes: Set<number>;
  hours: Set<number>;
  fixed: boolean;
  matchesDate: (date: Temporal.PlainDate) => boolean;
}

interface Walk {
  rule: Rule;
  zone: string;
  runAfterGap: boolean;
  onceInFold: boolean;
  stepMs: number;
}

const HOUR_MS = 3_600_000;
const LONGEST_WALK_DAYS = 14 * 366;
/** Greater shifts are corrections of the clock, for which nothing is made up or left out. */
const LONGEST_SHIFT_MS = 3 * HOUR_MS;

function readWalk(expression: string, zone: string, { gap, fold }: ClockChangePolicy): Walk {
  const rule = readRule(expression);
  const fullMinutes = rule.seconds.size === 1 && rule.seconds.has(0);
  return {
    rule,
    zone,
    runAfterGap: gap === undefined ? rule.fixed : gap === "run_after",
    onceInFold: fold === undefined ? rule.fixed : fold === "once",
    stepMs: fullMinutes ? 60_000 : 1_000,
  };
}

function readRule(expression: string): Rule {
  const [second = "", minute = "", hour = "", day = "", month = "", weekday = ""] =
    expression.split(" ");
  const months = numbers(month, 1, 12);
  const both = weekday.startsWith("+");
  const matchesDay = dayMatcher(day);
  const matchesWeekday = weekdayMatcher(weekday.replace("+", ""));
  return {
    seconds: numbers(second, 0, 59),
    minutes: numbers(minute, 0, 59),
    hours: numbers(hour, 0, 23),
    fixed: !/[*/]/.test(`${second}${minute}${hour}`),
    matchesDate: (date) => {
      if (!months.has(date.month)) return false;
      const either = day !== "*" && weekday !== "*" && !both;
      return either
        ? matchesDay(date) || matchesWeekday(date)
        : matchesDay(date) && matchesWeekday(date);
    },
  };
}

function floorHour(ms: number): number {
  return Math.floor(ms / HOUR_MS) * HOUR_MS;
}

/** Spares hours of other dates and of other hours of the day, in which the clock does not jump. */
function mayFire({ rule, zone, stepMs }: Walk, hourMs: number): boolean {
  const before = wallAt(hourMs - stepMs, zone);
  const first = wallAt(hourMs, zone);
  const last = wallAt(hourMs + HOUR_MS - stepMs, zone);
  if (before.offsetNanoseconds !== last.offsetNanoseconds) return true;
  return [first, last].some(
    (wall) => rule.hours.has(wall.hour) && rule.matchesDate(wall.toPlainDate()),
  );
}

function isFire(walk: Walk, ms: number): boolean {
  const wall = wallAt(ms, walk.zone);
  if (isNamed(walk.rule, wall)) return !(walk.onceInFold && wasShown(wall));
  return walk.runAfterGap && skippedNamed(walk, wall);
}

function wallAt(ms: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
}

function isNamed(
  { seconds, minutes, hours, matchesDate }: Rule,
  wall: Temporal.ZonedDateTime | Temporal.PlainDateTime,
): boolean {
  if (!minutes.has(wall.minute) || !hours.has(wall.hour) || !seconds.has(wall.second)) return false;
  return matchesDate(new Temporal.PlainDate(wall.year, wall.month, wall.day));
}

/** Whether the clock showed the same before, as it does where it was put back. */
function wasShown(wall: Temporal.ZonedDateTime): boolean {
  const plain = wall.toPlainDateTime();
  const earlier = plain.toZonedDateTime(wall.timeZoneId, { disambiguation: "earlier" });
  const agoMs = wall.epochMilliseconds - earlier.epochMilliseconds;
  return agoMs > 0 && agoMs <= LONGEST_SHIFT_MS;
}

/** Whether the clock came here by a jump over a time that is named. */
function skippedNamed({ rule, zone, stepMs }: Walk, wall: Temporal.ZonedDateTime): boolean {
  const before = wallAt(wall.epochMilliseconds - stepMs, zone);
  const jumpMs = (wall.offsetNanoseconds - before.offsetNanoseconds) / 1e6;
  if (jumpMs <= 0 || jumpMs > LONGEST_SHIFT_MS) return false;
  for (let backMs = stepMs; backMs <= jumpMs; backMs += stepMs) {
    if (isNamed(rule, wall.toPlainDateTime().subtract({ milliseconds: backMs }))) return true;
  }
  return false;
}

function dayMatcher(text: string): (date: Temporal.PlainDate) => boolean {
  if (text === "LW") return (date) => date.day === nearestWeekday(date, date.daysInMonth);
  const items = text.split(",");
  const plain = items.filter((item) => /^[\d*/-]+$/.test(item)).join(",");
  const days = plain === "" ? new Set<number>() : numbers(plain, 1, 31);
  return (date) =>
    days.has(date.day) ||
    items.some((item) => {
      if (item === "L") return date.day === date.daysInMonth;
      const day = /^(\d+)W$/.exec(item)?.[1];
      return day !== undefined && date.day === nearestWeekday(date, Number(day));
    });
}

function nearestWeekday(date: Temporal.PlainDate, day: number): number {
  if (day > date.daysInMonth) return -1;
  const { dayOfWeek } = date.with({ day });
  if (dayOfWeek === 6) return day === 1 ? 3 : day - 1;
  if (dayOfWeek === 7) return day === date.daysInMonth ? day - 2 : day + 1;
  return day;
}

function weekdayMatcher(text: string): (date: Temporal.PlainDate) => boolean {
  if (text === "*") return () => true;
  return (date) =>
    text.split(",").some((item) => {
      const [weekday = "", nth] = item.endsWith("L")
        ? [item.replace(/#?L$/, ""), "L"]
        : item.split("#");
      if (!numbers(weekday, 0, 7, 7).has(date.dayOfWeek % 7)) return false;
      if (nth === undefined) return true;
      if (nth === "L") return date.day + 7 > date.daysInMonth;
      return Math.ceil(date.day / 7) === Number(nth);
    });
}

/** The numbers that a field of ranges, steps and lists names, `modulo` folding 7 onto 0. */
function numbers(text: string, min: number, max: number, modulo = 1_000): Set<number> {
  const named = new Set<number>();
  for (const item of text.split(",")) {
    const [range = "", step = "1"] = item.split("/");
    const [from, to = from] = range === "*" ? [String(min), String(max)] : range.split("-");
    for (let value = Number(from); value <= Number(to); value += Number(step)) {
      named.add(value % modulo);
    }
  }
  return named;
}
