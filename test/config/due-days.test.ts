import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { dueDaysFrom, mayMeet, UNKNOWN_DAYS } from "../../src/config/due-days.ts";
import { checkCron, nextCron } from "../../src/schedule/cron.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse("2026-11-21T12:00:00Z");
const TODAY_MS = Math.floor(NOW_MS / DAY_MS) * DAY_MS;

test("the days of a year are those of the calculator", () => {
  const day = fc.constantFrom("*", "1", "31", "*/7", "10-20", "L", "15W", "1,L");
  const month = fc.constantFrom("*", "2", "1-6", "12");
  const weekday = fc.constantFrom("*", "MON", "7", "1-5", "+FRI", "SUN#L", "TUE#2");
  fc.assert(
    fc.property(day, month, weekday, (...fields) => {
      const text = fields.join(" ");
      if (checkCron(`0 0 ${text}`, "UTC") !== null) return;
      const days = dueDaysFrom(NOW_MS)(text);
      assert.equal(days.length, 366);
      const midnights = { expression: `0 0 ${text}`, timezone: "UTC" };
      for (const [index, due] of days.entries()) {
        const atMs = TODAY_MS + index * DAY_MS;
        assert.equal(due, nextCron(midnights, atMs - 1) === atMs ? 1 : 0, text);
      }
    }),
    { numRuns: 40 },
  );
});

test("two selections meet where they have a day in common, or may have one", () => {
  const daysOf = dueDaysFrom(NOW_MS);
  const [mondays, tuesdays, firsts] = [daysOf("* * 1"), daysOf("* * 2"), daysOf("1 * *")];
  assert.equal(daysOf("* * 1"), mondays, "what was told is kept");
  assert.ok(!mayMeet(mondays, tuesdays));
  assert.ok(mayMeet(mondays, mondays) && mayMeet(mondays, firsts) && mayMeet(firsts, tuesdays));
  assert.ok(mayMeet(mondays, UNKNOWN_DAYS) && mayMeet(UNKNOWN_DAYS, tuesdays));
});
