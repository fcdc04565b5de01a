import { Cron } from "croner";

/** A calculator of croner costs about 83 KB; dates by `L`, `W` and `#` are rare. */
const CALCULATORS_KEPT = 32;
const STRETCHES_KEPT = 8;
const DAY_MS = 86_400_000;

interface Calculator {
  cron: Cron;
  /** Stretches of days without a due date but the last, newest last. */
  stretches: { fromDay: number; dueDay: number }[];
}

/** Croner would search for a date that never comes in eight thousand years. */
const OPTIONS = { paused: true, timezone: "UTC", stopAt: "3000-01-01T00:00:00" };

const calculators = new Map<string, Calculator>();

/**
 * The first date from `fromDay` on that the fields of day of the month, month and day of the week
 * name, as days since 1970-01-01; null when there is none. Croner is asked about midnights of UTC
 * alone, which has neither gaps nor repeated times, so that nothing hangs on what it makes of those.
 */
export function nextSpecialDate(fields: string, fromDay: number): number | null {
  const { cron, stretches } = calculatorFor(fields);
  const known = stretches.find((one) => fromDay >= one.fromDay && fromDay <= one.dueDay);
  if (known !== undefined) return known.dueDay;
  const next = cron.nextRun(new Date(fromDay * DAY_MS - 1_000));
  if (next === null) return null;
  const dueDay = next.getTime() / DAY_MS;
  stretches.push({ fromDay, dueDay });
  if (stretches.length > STRETCHES_KEPT) stretches.shift();
  return dueDay;
}

function calculatorFor(fields: string): Calculator {
  const known = calculators.get(fields);
  // The map keeps the order of insertion: to insert again is to be the most recently used.
  if (known !== undefined) calculators.delete(fields);
  const calculator = known ?? { cron: new Cron(`0 0 0 ${fields}`, OPTIONS), stretches: [] };
  const [oldest] = calculators.keys();
  if (oldest !== undefined && calculators.size >= CALCULATORS_KEPT) calculators.delete(oldest);
  calculators.set(fields, calculator);
  return calculator;
}
