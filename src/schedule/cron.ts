import { Cron } from "croner";
import { SchedulerError } from "../model/errors.ts";
import type { CronProblem } from "./fields.ts";
import { isProblem } from "./fields.ts";
import { everFires } from "./reach.ts";
import type { ZoneShift } from "./shifts.ts";
import { gapsBetween } from "./shifts.ts";
import type { CronPattern } from "./syntax.ts";
import { parseCron } from "./syntax.ts";
import { timezoneProblem } from "./zones.ts";

export { isTimezone } from "./zones.ts";
export type { CronProblem } from "./fields.ts";

/** A calculator costs about 83 KB and serves all jobs with its expression and zone. */
const CALCULATORS_KEPT = 256;
const CHECKS_KEPT = 20_000;
const STRETCHES_KEPT = 8;
/** A greater shift of a zone is a correction of its clocks, which Vixie cron ignores too. */
const LONGEST_COMPENSATED_GAP_MS = 3 * 3_600_000;

interface Calculator {
  pattern: CronPattern;
  timezone: string;
  cron: Cron;
  /** Stretches of time without an occurrence but at their end, newest last. */
  stretches: { afterMs: number; nextMs: number }[];
}

const checks = new Map<string, CronProblem | null>();
const calculators = new Map<string, Calculator>();

/** What is wrong with an expression or its zone, or null: then `nextCron` takes them. */
export function checkCron(expression: string, timezone: string): CronProblem | null {
  return checkExpression(expression) ?? timezoneProblem(timezone);
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
 * a time that occurs twice is due once, in the first pass. The others follow real time.
 * Throws `SchedulerError` with `config_invalid` where `checkCron` reports a problem.
 */
export function nextCron(expression: string, timezone: string, afterMs: number): number | null {
  const calculator = calculatorFor(expression, timezone);
  for (const { afterMs: fromMs, nextMs } of calculator.stretches) {
    if (afterMs >= fromMs && afterMs < nextMs) return nextMs;
  }
  const nextMs = calculator.pattern.fixed
    ? nextFixed(calculator, afterMs)
    : ask(calculator.cron, afterMs);
  if (nextMs === null) return null;
  calculator.stretches.push({ afterMs, nextMs });
  if (calculator.stretches.length > STRETCHES_KEPT) calculator.stretches.shift();
  return nextMs;
}

function checkExpression(expression: string): CronProblem | null {
  const known = checks.get(expression);
  if (known !== undefined) return known;
  const pattern = parseCron(expression);
  const problem = isProblem(pattern) ? pattern : neverProblem(pattern);
  if (checks.size >= CHECKS_KEPT) checks.clear();
  checks.set(expression, problem);
  return problem;
}

/** The calculator is asked only about combinations of days that cannot be decided by looking. */
function neverProblem(pattern: CronPattern): CronProblem | null {
  const fires = everFires(pattern) ?? ask(calculator(pattern, "UTC"), 0) !== null;
  if (fires) return null;
  return {
    message: "No date ever matches this expression",
    help: "the day of the month does not exist in the months that are given, or never falls on that weekday",
  };
}

function calculatorFor(expression: string, timezone: string): Calculator {
  const key = `${timezone} ${expression}`;
  const known = calculators.get(key);
  if (known !== undefined) {
    // The map keeps the order of insertion: to insert again is to be the most recently used.
    calculators.delete(key);
    calculators.set(key, known);
    return known;
  }
  const made = makeCalculator(expression, timezone);
  if (calculators.size >= CALCULATORS_KEPT) {
    for (const oldest of calculators.keys()) {
      calculators.delete(oldest);
      break;
    }
  }
  calculators.set(key, made);
  return made;
}

function makeCalculator(expression: string, timezone: string): Calculator {
  const problem = checkCron(expression, timezone);
  const pattern = parseCron(expression);
  if (problem !== null || isProblem(pattern)) {
    const { message, help } = problem ?? { message: "The expression is invalid", help: null };
    throw new SchedulerError(
      "config_invalid",
      `\`${expression}\` is not a schedule: ${message}`,
      help === null ? {} : { help },
    );
  }
  return { pattern, timezone, cron: calculator(pattern, timezone), stretches: [] };
}

function calculator(pattern: CronPattern, timezone: string): Cron {
  return new Cron(pattern.text, { paused: true, timezone, fixedTimeRule: "no-wildcard" });
}

function ask(cron: Cron, afterMs: number): number | null {
  return cron.nextRun(new Date(afterMs))?.getTime() ?? null;
}

/**
 * Croner gives up a fixed time when the gap that swallows it ends on another day (as in
 * America/Nuuk, where 23:00 becomes midnight), and compensates gaps of any length within a day.
 * So each gap on the way is looked at here.
 */
function nextFixed(calculator: Calculator, afterMs: number): number | null {
  const { cron, timezone } = calculator;
  for (let fromMs = afterMs; ;) {
    const nextMs = ask(cron, fromMs);
    if (nextMs === null) return null;
    const gaps = gapsBetween(timezone, fromMs, nextMs);
    const compensated = gaps.find((gap) => !isCorrection(gap) && swallowsRun(gap, calculator));
    if (compensated !== undefined) return compensated.atMs;
    const atCorrection = gaps.find((gap) => isCorrection(gap) && gap.atMs === nextMs);
    if (atCorrection === undefined || matchesWall(atCorrection.wallToMs, calculator)) return nextMs;
    fromMs = nextMs;
  }
}

function isCorrection(gap: ZoneShift): boolean {
  return gap.wallToMs - gap.wallFromMs > LONGEST_COMPENSATED_GAP_MS;
}

/** UTC has no gaps: in it the expression shows which wall clock times it names. */
function swallowsRun(gap: ZoneShift, { pattern }: Calculator): boolean {
  const named = ask(calculator(pattern, "UTC"), gap.wallFromMs - 1);
  return named !== null && named < gap.wallToMs;
}

function matchesWall(wallMs: number, { pattern }: Calculator): boolean {
  return ask(calculator(pattern, "UTC"), wallMs - 1) === wallMs;
}
