import assert from "node:assert/strict";
import { test } from "node:test";
import { Cron } from "croner";
import * as fc from "fast-check";
import { checkCron, nextCron } from "../../src/schedule/cron.ts";
import { walkFires } from "./brute-force.ts";

const DAY_MS = 86_400_000;
const ZONES = ["UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];

function field(min: number, max: number): fc.Arbitrary<string> {
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).map(([one, other]) => {
    return `${Math.min(one, other)}-${Math.max(one, other)}`;
  });
  const step = fc.integer({ min: 1, max: max - min });
  const item = fc.oneof(
    value.map(String),
    range,
    fc.tuple(range, step).map(([text, by]) => `${text}/${by}`),
    step.map((by) => `*/${by}`),
  );
  const list = fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(","));
  return fc.oneof({ weight: 2, arbitrary: fc.constant("*") }, list);
}

function croner(text: string, timezone: string): Cron {
  return new Cron(text, { paused: true, timezone, fixedTimeRule: "no-wildcard" });
}

test("plain expressions have the times that croner gives", () => {
  const expression = fc
    .tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7))
    .map((fields) => fields.join(" "));
  const plus = fc.boolean();
  const instant = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2035, 0) });
  let compared = 0;
  fc.assert(
    fc.property(
      expression,
      plus,
      fc.constantFrom(...ZONES),
      instant,
      (plain, and, timezone, ms) => {
        const text = and ? plain.replace(/ (\d\S*)$/, " +$1") : plain;
        if (checkCron(text, timezone) !== null) return;
        const cron = croner(text, timezone);
        let afterMs = nearShift(timezone, ms);
        for (let count = 0; count < 3; count += 1) {
          const next = nextCron({ expression: text, timezone }, afterMs);
          const wanted = cron.nextRun(new Date(afterMs))?.getTime() ?? null;
          assert.equal(next, wanted, `${text} ${timezone} ${new Date(afterMs).toISOString()}`);
          if (next === null) return;
          afterMs = next;
          compared += 1;
        }
      },
    ),
    { numRuns: 500, seed: 7 },
  );
  assert.ok(compared > 800, `${compared} times compared`);
});

test("dates by L, W and # are those of the calendar", () => {
  const days = fc.constantFrom(..."* L LW 1W 15W 29W 31W 1,L 1W,28W 26-31 */7,L".split(" "));
  const weekdays = fc.constantFrom(..."* 0 1-5 0#1 5#5 1#L 7L 5L 2#2,4#4 1,3#3 6#1,6#L".split(" "));
  const months = fc.constantFrom("*", "*", "2", "4,6", "1-12/5");
  const instant = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2035, 0) });
  const timezone = "UTC";
  fc.assert(
    fc.property(days, months, weekdays, fc.boolean(), instant, (day, month, weekday, and, ms) => {
      const expression = `0 0 12 ${day} ${month} ${and && weekday !== "*" ? "+" : ""}${weekday}`;
      if (checkCron(expression, timezone) !== null) return;
      const walked = walkFires(expression, timezone, { afterMs: ms, count: 1, longestDays: 150 });
      if (walked.length > 0)
        assert.equal(nextCron({ expression, timezone }, ms), walked[0], expression);
    }),
    { numRuns: 120, seed: 8 },
  );
});

test("croner loses a fixed time in a gap that ends at midnight, and we do not", () => {
  const expression = "0 30 23 28 3 *";
  const afterMs = Date.parse("2026-01-01T00:00:00Z");
  const timezone = "America/Nuuk";
  const ours = nextCron({ expression, timezone }, afterMs);
  assert.equal(ours, Date.parse("2026-03-29T01:00:00Z"));
  // When this fails, croner has been mended.
  assert.notEqual(croner(expression, timezone).nextRun(new Date(afterMs))?.getTime(), ours);
});

/** An instant in the two days before the clocks change; the same where they never do. */
function nearShift(timezone: string, ms: number): number {
  const moment = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timezone);
  const shift = moment.getTimeZoneTransition("next");
  return shift === null ? ms : shift.epochMilliseconds - (ms % (2 * DAY_MS));
}
