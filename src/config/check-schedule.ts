import { BUILTINS } from "../model/builtins.ts";
import type { Schedule } from "../model/config.generated.ts";
import { checkCron, cronWarnings } from "../schedule/cron.ts";
import { parseDuration } from "../schedule/duration.ts";
import { CRON_NICKNAMES } from "../schedule/syntax.ts";
import { clockChangeWarning } from "./check-clock-changes.ts";
import { monthDayWarning } from "./check-month-days.ts";
import type { JobView } from "./context.ts";
import { cronTimes } from "./cron-times.ts";
import { parseInstant } from "./instant.ts";
import { errorAt, warningAt, type Path, type PathFinding } from "./place.ts";
import { toClockChange } from "./policies.ts";
import { timezoneOf } from "./settings.ts";
import { closest } from "./suggest.ts";

const SHORTEST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 3_650 * 86_400_000;

/** Whether the schedule of a job, or the one its code declares, can be computed and ever be due. */
export function checkSchedule(view: JobView): PathFinding[] {
  const { job, path } = view;
  if (job.schedule !== undefined)
    return checkForm(job.schedule, { view, path: [...path, "schedule"] });
  const { schedule } = view.declared;
  if (schedule === null) return [];
  // The code's own schedule has no place in this file: it is shown at the job's key.
  return checkForm(schedule, { view, path }).map((finding) => ({
    ...finding,
    message: `the schedule that its code declares: ${finding.message}`,
    path,
    part: "key",
  }));
}

/** The schedule a job has: the file's, else its code's, else the built-in's; null: by hand only. */
export function scheduleOf(view: JobView): Schedule | null {
  const { job, declared, handler } = view;
  if (job.schedule !== undefined) return job.schedule;
  if (declared.schedule !== null) return declared.schedule;
  return handler?.type === "builtin" ? BUILTINS[handler.builtin].defaultSchedule : null;
}

/** Where a finding about the schedule of a job belongs: at its value, or the job that has none. */
export function schedulePlace({ job, path }: JobView): Pick<PathFinding, "path" | "part"> {
  const { schedule } = job;
  if (schedule === undefined) return { path, part: "key" };
  const own = [...path, "schedule"];
  const inside = typeof schedule !== "string" && "cron" in schedule;
  return { path: inside ? [...own, "cron"] : own, part: "value" };
}

/** `dst` is for cron: other schedules name instants, which no clock skips or repeats. */
export function checkClockChange(view: JobView): PathFinding[] {
  if (view.job.dst === undefined) return [];
  const schedule = scheduleOf(view);
  if (typeof schedule === "string" || (schedule !== null && "cron" in schedule)) return [];
  const has = schedule === null ? "no schedule" : "at" in schedule ? "one time" : "an interval";
  const message = `\`dst\` is about the times of a cron schedule, and this job has ${has}`;
  const help = "remove the key, or give the job a cron schedule";
  const at = [...view.path, "dst"];
  return [errorAt(at, { rule: "config/unusable", message, help, part: "key" })];
}

interface Spot {
  view: JobView;
  path: Path;
}

function checkForm(schedule: Schedule, { view, path }: Spot): PathFinding[] {
  if (typeof schedule === "string") {
    return checkExpression(schedule, { view, path, timezone: timezoneOf(view.config) });
  }
  if ("every" in schedule) return checkInterval(schedule.every, [...path, "every"]);
  if ("at" in schedule) return checkInstant(schedule.at, { view, path: [...path, "at"] });
  const timezone = schedule.timezone ?? timezoneOf(view.config);
  const zone =
    schedule.timezone === undefined ? [] : checkTimezone(timezone, [...path, "timezone"]);
  return [...checkExpression(schedule.cron, { view, path: [...path, "cron"], timezone }), ...zone];
}

/** A zone that does not exist is reported where it is written, once. */
export function checkTimezone(timezone: string, path: Path): PathFinding[] {
  const problem = checkCron("0 0 * * *", timezone);
  if (problem === null) return [];
  const { message } = problem;
  const near = problem.help?.startsWith("did you mean") === true ? null : nearestZone(timezone);
  const help = near === null ? problem.help : `did you mean \`${near}\`?`;
  return [errorAt(path, { rule: "schedule/timezone", message, help })];
}

function nearestZone(timezone: string): string | null {
  return closest(timezone, Intl.supportedValuesOf("timeZone"));
}

function checkExpression(
  expression: string,
  { view, path, timezone }: Spot & { timezone: string },
): PathFinding[] {
  const zoneIsKnown = checkCron("0 0 * * *", timezone) === null;
  const problem = checkCron(expression, zoneIsKnown ? timezone : "UTC");
  if (problem !== null) {
    const { message, help } = problem;
    return [
      errorAt(path, {
        rule: "schedule/cron",
        message,
        help: nicknameHelp(expression) ?? help,
      }),
    ];
  }
  const both = cronTimes(expression)?.eitherDay === true ? cronWarnings(expression) : [];
  const dst = toClockChange(view.job, view.config.defaults ?? {});
  const cron = { expression, timezone, ...(dst === undefined ? {} : { dst }) };
  const irregular = [
    zoneIsKnown ? clockChangeWarning(cron, view.world.nowMs) : null,
    monthDayWarning(expression),
  ].filter((warning) => warning !== null);
  return [
    ...both.map((warning) => warningAt(path, { rule: "schedule/both-days", ...warning })),
    ...irregular.map((warning) => warningAt(path, { rule: "schedule/irregular-days", ...warning })),
  ];
}

/** `@dayly` is no reason to recite all names. */
function nicknameHelp(expression: string): string | null {
  const text = expression.trim();
  // `@every` and `@reboot` have remedies of their own.
  if (!/^@(?!every|reboot)/i.test(text)) return null;
  const near = closest(text, CRON_NICKNAMES);
  return near === null ? null : `did you mean \`${near}\`?`;
}

function checkInterval(every: string, path: Path): PathFinding[] {
  const everyMs = parseDuration(every);
  if (everyMs !== null && everyMs >= SHORTEST_INTERVAL_MS && everyMs <= LONGEST_INTERVAL_MS)
    return [];
  const message = `an interval is at least 1s and at most 3650d, not ${every}`;
  return [errorAt(path, { rule: "schedule/interval", message })];
}

function checkInstant(at: string, { view, path }: Spot): PathFinding[] {
  const instant = parseInstant(at);
  if (instant === null) {
    return [errorAt(path, { rule: "schedule/instant", message: `there is no such time as ${at}` })];
  }
  if (instant > view.world.nowMs) return [];
  const message = `${at} is past: a job that is not registered yet will never be due`;
  return [
    warningAt(path, {
      rule: "schedule/past",
      message,
      help: "remove the job, or give a later time",
    }),
  ];
}
