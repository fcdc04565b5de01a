import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { ClockChangePolicy } from "../../src/model/policy.ts";
import type { ZonedCron } from "../../src/schedule/cron.ts";
import { checkCron, nextCron } from "../../src/schedule/cron.ts";
import { nextOccurrence } from "../../src/schedule/next.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ZONES = [
  "UTC",
  "America/New_York",
  "America/Nuuk",
  "America/Havana",
  "America/Asuncion",
  "America/Sao_Paulo",
  "Europe/London",
  "Europe/Dublin",
  "Africa/Casablanca",
  "Africa/El_Aaiun",
  "Africa/Cairo",
  "Asia/Beirut",
  "Asia/Gaza",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Pacific/Apia",
  "Antarctica/Troll",
  "Antarctica/Casey",
];

const minute = fc.constantFrom("*", "*/15", "*/7", "0", "30", "0,30", "15-45", "59");
const hour = fc.constantFrom("*", "*/2", "0", "1", "2", "0-3", "1,2,3", "23", "22,23", "0,12", "3");
const day = fc.constantFrom(
  "* * *",
  "* * 0",
  "* * 1-5",
  "L * *",
  "15-21 * +0",
  "1,31 * 6",
  "* 3-10 *",
);

/** An instant near one at which the clocks of the zone change; anywhere in UTC. */
const place = fc
  .tuple(
    fc.constantFrom(...ZONES),
    fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2034, 0) }),
    fc.integer({ min: -30, max: 30 }),
    fc.constantFrom(0, 1, 999, 1_000),
  )
  .map(([timezone, fromMs, halfHours, ms]) => {
    const shift = shiftAfter(timezone, fromMs);
    const atMs = shift?.atMs ?? fromMs;
    return { timezone, shift, afterMs: atMs + (halfHours * HOUR_MS) / 2 - ms };
  });
const times = fc
  .tuple(minute, hour, day)
  .map(([minutes, hours, days]) => `${minutes} ${hours} ${days}`);
const dst = fc.record<ClockChangePolicy>(
  {
    gap: fc.constantFrom("run_after" as const, "skip" as const),
    fold: fc.constantFrom("once" as const, "twice" as const),
  },
  { requiredKeys: [] },
);

test("the next time is later, on a whole second, and the same for each instant before it", () => {
  fc.assert(
    fc.property(times, place, dst, fc.nat(999), (expression, where, policy, part) => {
      const cron = { expression, timezone: where.timezone, dst: policy };
      let { afterMs } = where;
      for (let count = 0; count < 5; count += 1) {
        const next = nextCron(cron, afterMs);
        assert.ok(next !== null && next > afterMs && next % 1_000 === 0);
        const between = afterMs + Math.floor(((next - 1 - afterMs) * part) / 999);
        assert.equal(nextCron(cron, between), next);
        assert.equal(nextCron(cron, next - 1), next);
        afterMs = next;
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("under gap: run_after a gap has one more time, at its end, where it swallows any", () => {
  let made = 0;
  fc.assert(
    fc.property(times, place, (expression, { timezone, shift }) => {
      if (shift === null || shift.byMs <= 0) return;
      const { atMs, byMs } = shift;
      const window = { fromMs: atMs - DAY_MS, untilMs: atMs + DAY_MS };
      const cron: ZonedCron = { expression, timezone };
      const skipping = timesIn({ ...cron, dst: { gap: "skip" } }, window);
      const running = timesIn({ ...cron, dst: { gap: "run_after" } }, window);
      const wallMs = atMs + shift.offsetBeforeMs;
      const lost = timesIn(
        { expression, timezone: "UTC" },
        { fromMs: wallMs, untilMs: wallMs + byMs },
      );
      const isMade = lost.length > 0 && byMs <= 3 * HOUR_MS && !skipping.includes(atMs);
      const expected = isMade ? [...skipping, atMs].sort((a, b) => a - b) : skipping;
      assert.deepEqual(
        running,
        expected,
        `${expression} ${timezone} ${new Date(atMs).toISOString()}`,
      );
      made += isMade ? 1 : 0;
    }),
    { numRuns: 400, seed: 2 },
  );
  assert.ok(made > 20, `${made} gaps with a time`);
});

test("under fold: once the second pass has no times, and the first has all of them", () => {
  let left = 0;
  fc.assert(
    fc.property(times, place, (expression, { timezone, shift }) => {
      if (shift === null || shift.byMs >= 0) return;
      const { atMs, byMs } = shift;
      const window = { fromMs: atMs - DAY_MS, untilMs: atMs + DAY_MS };
      const twice = timesIn({ expression, timezone, dst: { fold: "twice" } }, window);
      const once = timesIn({ expression, timezone, dst: { fold: "once" } }, window);
      const isSecond = (ms: number): boolean => ms >= atMs && ms < atMs - byMs;
      const compensated = byMs >= -3 * HOUR_MS;
      assert.deepEqual(once, compensated ? twice.filter((ms) => !isSecond(ms)) : twice);
      const second = twice.filter(isSecond).map((ms) => ms + byMs);
      const first = twice.filter((ms) => ms >= atMs + byMs && ms < atMs);
      assert.deepEqual(second, first, "the passes are alike");
      left += second.length;
    }),
    { numRuns: 400, seed: 3 },
  );
  assert.ok(left > 50, `${left} times in a second pass`);
});

test("where nothing is said, fixed times are due once and the others follow real time", () => {
  const fixed = { gap: "run_after", fold: "once" } as const;
  const wildcard = { gap: "skip", fold: "twice" } as const;
  fc.assert(
    fc.property(times, place, (expression, { timezone, afterMs }) => {
      const [minutes = "", hours = ""] = expression.split(" ");
      const written = /[*/]/.test(minutes + hours) ? wildcard : fixed;
      const window = { fromMs: afterMs - DAY_MS, untilMs: afterMs + DAY_MS };
      const silent = timesIn({ expression, timezone }, window);
      assert.deepEqual(silent, timesIn({ expression, timezone, dst: written }, window));
      assert.deepEqual(silent, timesIn({ expression, timezone, dst: {} }, window));
    }),
    { numRuns: 200, seed: 4 },
  );
});

test("an interval is its anchor and a whole number of lengths, whenever it is asked", () => {
  const length = fc.integer({ min: 1, max: 3_650 * DAY_MS });
  const instant = fc.integer({ min: 0, max: Date.UTC(2035, 0) });
  fc.assert(
    fc.property(length, instant, instant, (everyMs, anchorMs, afterMs) => {
      const schedule = { type: "interval", everyMs } as const;
      const next = nextOccurrence(schedule, { anchorMs, afterMs }) ?? 0;
      const lengths = (next - anchorMs) / everyMs;
      assert.ok(Number.isInteger(lengths) && lengths >= 1);
      assert.ok(next > afterMs && (next - everyMs <= afterMs || lengths === 1));
    }),
    { seed: 5 },
  );
});

interface Shift {
  atMs: number;
  /** Positive: the clock is put forward. */
  byMs: number;
  offsetBeforeMs: number;
}

function shiftAfter(timezone: string, fromMs: number): Shift | null {
  const moment = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timezone);
  const next = moment.getTimeZoneTransition("next");
  if (next === null) return null;
  const offsetBeforeMs = next.subtract({ nanoseconds: 1 }).offsetNanoseconds / 1e6;
  const byMs = next.offsetNanoseconds / 1e6 - offsetBeforeMs;
  return { atMs: next.epochMilliseconds, byMs, offsetBeforeMs };
}

/** The times from `fromMs` on and before `untilMs`. */
function timesIn(
  cron: ZonedCron,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): number[] {
  assert.equal(checkCron(cron.expression, cron.timezone), null);
  const found: number[] = [];
  let next = nextCron(cron, fromMs - 1);
  while (next !== null && next < untilMs) {
    found.push(next);
    next = nextCron(cron, next);
  }
  return found;
}
