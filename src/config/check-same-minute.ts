import type { Schedule } from "../model/config.generated.ts";
import { checkCron, type ZonedCron } from "../schedule/cron.ts";
import { schedulePlace, scheduleOf } from "./check-schedule.ts";
import type { JobView } from "./context.ts";
import { cronTimes, writtenFields } from "./cron-times.ts";
import { dueDaysFrom, type DueDays } from "./due-days.ts";
import { freeShift, loadsOf, type DailyTimes, type Shift } from "./free-minutes.ts";
import { listed } from "./listed.ts";
import { warningAt, type PathFinding } from "./place.ts";
import { timezoneOf } from "./settings.ts";

const LEAST_JOBS = 5;
const NAMES_SHOWN = 5;
const MINUTES = 60;
const FINDINGS_SHOWN = 3;
/** Of a schedule with more groups than this, the others are not looked at. */
const GROUPS_READ = 50;

/**
 * Jobs that are due at the same minutes of the same hours of some day: they compete for the node
 * although nobody wanted that very minute. One finding for each of the largest such groups.
 */
export function checkSameMinute(views: readonly JobView[]): PathFinding[] {
  const [first] = views;
  if (first === undefined || views.length < LEAST_JOBS) return [];
  const daysOf = dueDaysFrom(first.world.nowMs);
  const entries = views.flatMap((view) => entryOf(view, daysOf));
  const groups = bySameTimes(entries)
    .flatMap(bySameDay)
    .sort((a, b) => b.length - a.length);
  if (groups.length === 0) return [];
  const loads = loadsOf(entries);
  const findings = groups.slice(0, GROUPS_READ).flatMap((group) => {
    const [, example] = group;
    const shift = example === undefined ? null : freeShift(example, loads);
    // Where the minutes are all taken about as much, nobody could do better.
    return shift === null || shift.load * 4 > group.length ? [] : finding(group, shift);
  });
  return busiest(findings, { more: groups.length > GROUPS_READ });
}

/** A large schedule has more of them than anybody would read. */
function busiest(findings: readonly PathFinding[], { more }: { more: boolean }): PathFinding[] {
  const shown = findings.slice(0, FINDINGS_SHOWN);
  const left = findings.length - shown.length;
  const last = shown.at(-1);
  if (left === 0 || last === undefined) return shown;
  const count = `${more ? "at least " : ""}${left} more ${left === 1 ? "minute" : "minutes"}`;
  const others = `, and so it is at ${count}`;
  return [...shown.slice(0, -1), { ...last, message: last.message + others }];
}

interface Entry extends ZonedCron, DailyTimes {
  view: JobView;
}

function entryOf(view: JobView, daysOf: (fields: string) => DueDays): Entry[] {
  if ((view.job.enabled ?? view.declared.enabled) === false) return [];
  const schedule = scheduleOf(view);
  const cron = schedule === null ? null : cronOf(schedule, timezoneOf(view.config));
  const times = cron === null ? null : cronTimes(cron.expression);
  if (cron === null || times === null) return [];
  const { minutes, hours, days } = times;
  return [{ view, ...cron, minutes, hours, days: daysOf(days) }];
}

function cronOf(schedule: Schedule, timezone: string): ZonedCron | null {
  if (typeof schedule === "string") return { expression: schedule, timezone };
  if (!("cron" in schedule)) return null;
  return { expression: schedule.cron, timezone: schedule.timezone ?? timezone };
}

function bySameTimes(entries: readonly Entry[]): Entry[][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = `${entry.timezone} ${entry.minutes.join()} ${entry.hours.join()}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}

/** Those of the busiest day, then those of the busiest day of the rest; each job once. */
function bySameDay(entries: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = [];
  let left = entries;
  while (left.length >= LEAST_JOBS) {
    const day = busiestDay(left);
    const group = left.filter(({ days }) => days[day] === 1);
    if (group.length < LEAST_JOBS) break;
    groups.push(group);
    left = left.filter(({ days }) => days[day] !== 1);
  }
  return groups;
}

function busiestDay(entries: readonly Entry[]): number {
  const counts: number[] = [];
  for (const { days } of entries) {
    for (const [day, due] of days.entries()) counts[day] = (counts[day] ?? 0) + due;
  }
  return counts.indexOf(Math.max(...counts));
}

function finding(group: readonly Entry[], shift: Shift): PathFinding[] {
  const [first, example] = group;
  if (first === undefined || example === undefined) return [];
  const names = listed(
    group.map(({ view }) => `\`${view.name}\``),
    NAMES_SHOWN,
  );
  return [
    warningAt(schedulePlace(first.view).path, {
      rule: "schedule/same-minute",
      message: `${group.length} jobs are due at the same minute: ${names}`,
      help: helpFor(example, shift),
      part: schedulePlace(first.view).part,
    }),
  ];
}

function helpFor({ view, expression, timezone }: Entry, { minutes, load }: Shift): string {
  const fields = writtenFields(expression);
  const text = fields.with(fields.length - 5, minutesText(minutes)).join(" ");
  // The rewrite is made of numbers; should it be refused all the same, it is not shown.
  if (checkCron(text, timezone) !== null) return "give them different minutes";
  const now = load === 0 ? "no job is" : load === 1 ? "1 job is" : `at most ${load} jobs are`;
  return `give them different minutes: \`${view.name}\` could have \`${text}\`, when ${now} due`;
}

/** `17`, `3-59/10`, or a list. */
function minutesText(minutes: readonly number[]): string {
  const [first = 0, second = 0] = minutes;
  const distance = second - first;
  const even =
    minutes.length > 2 &&
    minutes.every((minute, index) => minute === first + index * distance) &&
    (minutes.at(-1) ?? 0) + distance >= MINUTES;
  return even ? `${first}-59/${distance}` : minutes.join(",");
}
