/**
 * Fire times found by walking the clock, with nothing of `src/` and nothing of croner: what the
 * golden table is made from. It is slow, and reads only well-formed six-field expressions.
 */
export function walkFires(
  expression: string,
  zone: string,
  options: { afterMs: number; count: number },
): number[] {
  const rule = readRule(expression);
  const fires: number[] = [];
  let afterMs = options.afterMs;
  while (fires.length < options.count) {
    const next = rule.fixed ? walkCalendar(rule, zone, afterMs) : walkClock(rule, zone, afterMs);
    if (next === null) break;
    fires.push(next);
    afterMs = next;
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

const DAY_MS = 86_400_000;
const LONGEST_WALK_DAYS = 9 * 366;

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

/** Wildcards follow real time: each second of it whose wall clock matches. */
function walkClock(rule: Rule, zone: string, afterMs: number): number | null {
  const stepMs = rule.seconds.size === 1 && rule.seconds.has(0) ? 60_000 : 1_000;
  const endMs = afterMs + 40 * DAY_MS;
  for (let ms = (Math.floor(afterMs / stepMs) + 1) * stepMs; ms < endMs; ms += stepMs) {
    const wall = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
    if (!rule.minutes.has(wall.minute) || !rule.hours.has(wall.hour)) continue;
    if (rule.seconds.has(wall.second) && rule.matchesDate(wall.toPlainDate())) return ms;
  }
  return null;
}

/** Fixed times follow the calendar: each wall clock time that is named gets one instant. */
function walkCalendar(rule: Rule, zone: string, afterMs: number): number | null {
  const start = Temporal.Instant.fromEpochMilliseconds(afterMs).toZonedDateTimeISO(zone);
  let date = start.toPlainDate().subtract({ days: 2 });
  let best: number | null = null;
  let daysLeft = LONGEST_WALK_DAYS;
  while (daysLeft > 0) {
    daysLeft -= 1;
    if (rule.matchesDate(date)) {
      for (const time of timesOf(rule)) {
        const ms = resolve(date.toPlainDateTime(time), zone);
        if (ms !== null && ms > afterMs && (best === null || ms < best)) best = ms;
      }
    }
    // A gap may put a time after one of the next day, so the walk goes on for a while.
    if (best !== null && daysLeft > 2) daysLeft = 2;
    date = date.add({ days: 1 });
  }
  return best;
}

function* timesOf(rule: Rule): Generator<Temporal.PlainTime> {
  for (const hour of rule.hours) {
    for (const minute of rule.minutes) {
      for (const second of rule.seconds) yield new Temporal.PlainTime(hour, minute, second);
    }
  }
}

/** The first instant with that wall clock; in a gap of at most three hours, the end of the gap. */
function resolve(wall: Temporal.PlainDateTime, zone: string): number | null {
  const earlier = wall.toZonedDateTime(zone, { disambiguation: "earlier" });
  if (earlier.toPlainDateTime().equals(wall)) return earlier.epochMilliseconds;
  const later = wall.toZonedDateTime(zone, { disambiguation: "later" });
  const jump = earlier.getTimeZoneTransition("next");
  if (jump === null || jump.epochMilliseconds > later.epochMilliseconds)
    throw new Error(`no transition near ${wall.toString()} in ${zone}`);
  const gapNs = later.offsetNanoseconds - earlier.offsetNanoseconds;
  return gapNs <= 3 * 3_600e9 ? jump.epochMilliseconds : null;
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
