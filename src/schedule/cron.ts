import type { ClockChangePolicy } from "../model/policy.ts";
import { SchedulerError } from "../model/errors.ts";
import type { CronProblem } from "./fields.ts";
import { isProblem, refuse } from "./fields.ts";
import { daysExist, everFires } from "./reach.ts";
import type { CronPattern } from "./syntax.ts";
import { parseCron } from "./syntax.ts";
import type { WallTimes } from "./wall-times.ts";
import { nextWallTime, wallTimes } from "./wall-times.ts";
import { clockChangeRule, nextZoneTime } from "./zone-times.ts";
import { timezoneProblem } from "./zones.ts";

export { isTimezone } from "./zones.ts";
export type { CronProblem } from "./fields.ts";

/** A cron schedule: an expression on the clocks of a zone, and what their changes do to it. */
export interface ZonedCron {
  expression: string;
  timezone: string;
  dst?: ClockChangePolicy;
}

/** Each costs under a kilobyte, and serves all jobs with its expression, in whatever zone. */
const CALCULATORS_KEPT = 20_000;

/** The 28 years before 3000 begin on each weekday, as common years and as leap years. */
const ALL_KINDS_OF_YEARS_MS = Date.UTC(2972, 0, 1);

interface Calculator {
  times: WallTimes;
  /** Neither `*`, `?` nor `/` in seconds, minutes and hours. */
  fixed: boolean;
}

const calculators = new Map<string, Calculator | CronProblem>();

/** What is wrong with an expression or its zone, or null: then `nextCron` takes them. */
export function checkCron(expression: string, timezone: string): CronProblem | null {
  const calculator = calculatorFor(expression);
  return isProblem(calculator) ? calculator : timezoneProblem(timezone);
}

/** What an accepted expression does that its author may not expect. */
export function cronWarnings(expression: string): CronProblem[] {
  const pattern = parseCron(expression);
  if (isProblem(pattern) || !pattern.eitherDay) return [];
  const weekday = pattern.text.split(" ")[5] ?? "";
  return [
    {
      message:
        "Both the day of the month and the day of the week are given: the job is due on days that match either of them",
      help: `for the days that match both, put \`+\` before the day of the week: \`+${weekday}\``,
    },
  ];
}

/**
 * The first occurrence strictly after `afterMs`, in milliseconds since the epoch and on a whole
 * second, or null when none comes before the year 3000.
 *
 * Fixed schedules (no `*`, `?` or `/` in seconds, minutes and hours) keep to the wall clock: a
 * time that a gap of at most three hours swallows is due at the first instant after the gap, and
 * a time that occurs twice is due once, in the first pass. The others follow real time. `dst` says
 * otherwise. Throws `SchedulerError` with `config_invalid` where `checkCron` reports a problem.
 */
export function nextCron({ expression, timezone, dst }: ZonedCron, afterMs: number): number | null {
  const calculator = calculatorFor(expression);
  if (isProblem(calculator)) throw refusal(expression, calculator);
  const problem = timezoneProblem(timezone);
  if (problem !== null) throw refusal(expression, problem);
  const { gap, fold } = clockChangeRule(calculator.fixed, dst);
  return nextZoneTime(calculator.times, { timezone, gap, fold }, afterMs);
}

function calculatorFor(expression: string): Calculator | CronProblem {
  const known = calculators.get(expression);
  if (known !== undefined) return known;
  if (calculators.size >= CALCULATORS_KEPT) calculators.clear();
  const made = makeCalculator(expression);
  calculators.set(expression, made);
  return made;
}

/** The dates are searched only for combinations that cannot be decided by looking. */
function makeCalculator(expression: string): Calculator | CronProblem {
  const pattern = parseCron(expression);
  if (isProblem(pattern)) return pattern;
  const times = wallTimes(pattern);
  const fires = everFires(pattern) ?? nextWallTime(times, ALL_KINDS_OF_YEARS_MS) !== null;
  if (fires) return { times, fixed: pattern.fixed };
  return refuse("No date ever matches this expression", neverHelp(pattern));
}

function neverHelp(pattern: CronPattern): string {
  return daysExist(pattern)
    ? "the day of the month never falls on that weekday"
    : "the day of the month does not exist in the months that are given; `L` is the last day of each";
}

function refusal(expression: string, { message, help }: CronProblem): SchedulerError {
  return new SchedulerError(
    "config_invalid",
    `\`${expression}\` is not a schedule: ${message}`,
    help === null ? {} : { help },
  );
}
