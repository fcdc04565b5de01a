import type { Schedule } from "../model/config.generated.ts";
import { checkCron } from "../schedule/cron.ts";
import { schedulePlace, scheduleOf } from "./check-schedule.ts";
import type { JobView } from "./context.ts";
import { cronTimes, writtenFields, type CronTimes } from "./cron-times.ts";
import { listed } from "./listed.ts";
import { warningAt, type PathFinding } from "./place.ts";
import { timezoneOf } from "./settings.ts";

const LEAST_JOBS = 5;
const NAMES_SHOWN = 5;
const MINUTES = 60;
const FINDINGS_SHOWN = 3;

/**
 * Jobs that are due at the same minutes of the same hours, whatever the days: they compete for the
 * node although nobody wanted that very minute. One finding for each of the largest such groups.
 */
export function checkSameMinute(views: readonly JobView[]): PathFinding[] {
  const entries = views.flatMap(entryOf);
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { minutes, hours } = entry.times;
    const key = `${entry.timezone} ${minutes.join()} ${hours.join()}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  const large = [...groups.values()].filter((group) => group.length >= LEAST_JOBS);
  if (large.length === 0) return [];
  const loads = loadsOf(entries);
  const findings = large
    .sort((a, b) => b.length - a.length)
    .flatMap((group) => {
      const shift = freeShift(group, loads);
      return shift === null ? [] : finding(group, shift);
    });
  return busiest(findings);
}

/** A large schedule has more of them than anybody would read. */
function busiest(findings: readonly PathFinding[]): PathFinding[] {
  const shown = findings.slice(0, FINDINGS_SHOWN);
  const left = findings.length - shown.length;
  const last = shown.at(-1);
  if (left === 0 || last === undefined) return shown;
  const others = `, and so it is at ${left} more ${left === 1 ? "minute" : "minutes"}`;
  return [...shown.slice(0, -1), { ...last, message: last.message + others }];
}

interface Entry {
  view: JobView;
  timezone: string;
  expression: string;
  times: CronTimes;
}

function entryOf(view: JobView): Entry[] {
  if ((view.job.enabled ?? view.declared.enabled) === false) return [];
  const schedule = scheduleOf(view);
  const cron = schedule === null ? null : cronOf(schedule, timezoneOf(view.config));
  const times = cron === null ? null : cronTimes(cron.expression);
  return cron === null || times === null ? [] : [{ view, ...cron, times }];
}

function cronOf(
  schedule: Schedule,
  timezone: string,
): { expression: string; timezone: string } | null {
  if (typeof schedule === "string") return { expression: schedule, timezone };
  if (!("cron" in schedule)) return null;
  return { expression: schedule.cron, timezone: schedule.timezone ?? timezone };
}

/** How many jobs each minute of the day has, by zone. */
type Loads = ReadonlyMap<string, Uint32Array>;

function loadsOf(entries: readonly Entry[]): Loads {
  const loads = new Map<string, Uint32Array>();
  for (const { timezone, times } of entries) {
    const load = loads.get(timezone) ?? new Uint32Array(24 * MINUTES);
    loads.set(timezone, load);
    for (const hour of times.hours) {
      for (const minute of times.minutes) {
        load[hour * MINUTES + minute] = (load[hour * MINUTES + minute] ?? 0) + 1;
      }
    }
  }
  return loads;
}

interface Shift {
  minutes: number[];
  /** The most jobs that one of the new minutes has already. */
  load: number;
}

/**
 * The same minutes a little later, where the fewest jobs are due; null where there is no such
 * place, because the minutes are all taken about as much. The steps of 17 keep clear of the round
 * minutes that others choose.
 */
function freeShift(group: readonly Entry[], loads: Loads): Shift | null {
  const [first] = group;
  const load = first === undefined ? undefined : loads.get(first.timezone);
  if (first === undefined || load === undefined) return null;
  const { minutes, hours } = first.times;
  let best: Shift | null = null;
  for (let step = 1; step < MINUTES; step += 1) {
    const by = (step * stepOf(minutes)) % MINUTES;
    const shifted = minutes.map((minute) => (minute + by) % MINUTES).sort((a, b) => a - b);
    const most = Math.max(
      ...hours.flatMap((hour) => shifted.map((minute) => load[hour * MINUTES + minute] ?? 0)),
    );
    if (best === null || most < best.load) best = { minutes: shifted, load: most };
    if (best.load === 0) break;
  }
  return best !== null && best.load * 4 <= group.length ? best : null;
}

/** Within the distance of two minutes of the schedule, lest the shift ends where it began. */
function stepOf(minutes: readonly number[]): number {
  return minutes.length === 1 ? 17 : 3;
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
  const now = load === 0 ? "no job is" : load === 1 ? "1 job is" : `${load} jobs are`;
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
