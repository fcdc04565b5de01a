import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { JobSchedule } from "../../src/model/job.ts";
import { checkCron } from "../../src/schedule/cron.ts";
import type { ListOptions } from "../../src/schedule/list-times.ts";
import { listOccurrences } from "../../src/schedule/list-times.ts";
import { upcomingOccurrences } from "../../src/schedule/next.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const ZONES = [
  "UTC",
  "America/New_York",
  "America/Nuuk",
  "Europe/London",
  "Africa/Casablanca",
  "Asia/Beirut",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Antarctica/Troll",
  "Antarctica/Casey",
];

function cron(expression: string, timezone: string): Extract<JobSchedule, { type: "cron" }> {
  return { type: "cron", expression, timezone };
}

function options(given: Partial<ListOptions>): ListOptions {
  const afterMs = Date.parse("2026-11-21T11:50:00Z");
  return {
    anchorMs: afterMs,
    afterMs,
    untilMs: afterMs + 30 * DAY_MS,
    limit: 50_000,
    searches: 1_000,
    ...given,
  };
}

test("near transitions, the list is what the calculator says one by one", () => {
  const minute = fc.constantFrom("*", "*/20", "0", "0,30", "15-17", "59");
  const hour = fc.constantFrom("*", "*/2", "0-23", "0", "1,2,3", "2", "23", "22-23");
  const day = fc.constantFrom("*", "*", "*", "1", "28-31", "*/2", "L", "15W");
  const month = fc.constantFrom("*", "*", "3,4,9-12");
  const weekday = fc.constantFrom("*", "*", "*", "0", "7,6", "1-5", "+0", "SUN#L");
  const fields = fc.tuple(minute, hour, day, month, weekday);
  const place = fc.record({
    zone: fc.constantFrom(...ZONES),
    year: fc.integer({ min: 1995, max: 2034 }),
    which: fc.integer({ min: 0, max: 2 }),
    hoursBefore: fc.integer({ min: -3, max: 50 }),
    ms: fc.constantFrom(0, 1, 999),
  });
  fc.assert(
    fc.property(fields, place, (texts, where) => {
      const expression = texts.join(" ");
      if (checkCron(expression, where.zone) !== null) return;
      const afterMs = transitionNear(where) - where.hoursBefore * HOUR_MS - where.ms;
      const untilMs = afterMs + 4 * DAY_MS;
      const schedule = cron(expression, where.zone);
      const asked = options({ afterMs, untilMs, limit: 80, searches: 500 });
      const { instants, coveredMs } = listOccurrences(schedule, asked);
      const wanted = upcomingOccurrences(schedule, { anchorMs: afterMs, afterMs, count: 81 });
      const label = `${expression} ${where.zone} ${new Date(afterMs).toISOString()}`;
      assert.deepEqual(
        instants,
        wanted.filter((instant) => instant <= untilMs).slice(0, 80),
        label,
      );
      assert.equal(coveredMs, (wanted[80] ?? Infinity) <= untilMs ? wanted[79] : untilMs, label);
    }),
    { numRuns: 200 },
  );
});

test("a month of minutes is counted without a search", () => {
  const { instants, searches } = listOccurrences(cron("* * * * *", "Europe/Paris"), options({}));
  assert.equal(instants.length, 30 * 24 * 60);
  assert.equal(searches, 0);
});

test("a time that a gap swallows is in the list where the gap ends", () => {
  const afterMs = Date.parse("2027-03-01T00:00:00Z");
  const window = options({ afterMs, untilMs: afterMs + 60 * DAY_MS });
  const fixed = cron("30 1 * * *", "Europe/London");
  const { instants, searches } = listOccurrences(fixed, window);
  assert.equal(instants.length, 60);
  assert.equal(searches, 0);
  assert.ok(instants.includes(Date.parse("2027-03-28T01:00:00Z")));
  const skipped = listOccurrences({ ...fixed, dst: { gap: "skip" } }, window);
  assert.equal(skipped.instants.length, 59);
});

test("dates by L, W and # are searched for one by one", () => {
  const { instants, searches } = listOccurrences(cron("*/10 9 * * 1#1", "UTC"), options({}));
  assert.equal(instants.length, 6);
  assert.equal(searches, 2);
});

test("a limit ends the list early and says how far it reaches", () => {
  const first = Date.parse("2026-11-21T11:50:01Z");
  assert.deepEqual(listOccurrences(cron("* * * * * *", "UTC"), options({ limit: 3 })), {
    instants: [first, first + 1_000, first + 2_000],
    coveredMs: first + 2_000,
    searches: 0,
  });
  const lastFriday = cron("0 9 * * FRIL", "UTC");
  const cut = listOccurrences(lastFriday, options({ searches: 1, untilMs: 2 ** 41 }));
  assert.deepEqual(cut.instants, [Date.parse("2026-11-27T09:00:00Z")]);
  assert.equal(cut.coveredMs, cut.instants[0]);
});

test("intervals and single times", () => {
  const { afterMs } = options({});
  const every = listOccurrences({ type: "interval", everyMs: DAY_MS }, options({}));
  assert.equal(every.instants.length, 30);
  const some = listOccurrences({ type: "interval", everyMs: 1 }, options({ limit: 2 }));
  assert.deepEqual(some, {
    instants: [afterMs + 1, afterMs + 2],
    coveredMs: afterMs + 2,
    searches: 0,
  });
  const once: JobSchedule = { type: "once", executeAt: "2026-12-01T00:00:00.000Z" };
  assert.deepEqual(listOccurrences(once, options({})).instants, [Date.parse("2026-12-01")]);
  assert.deepEqual(listOccurrences(once, options({ untilMs: afterMs + 1 })).instants, []);
});

function transitionNear(place: { zone: string; year: number; which: number }): number {
  const start = Temporal.PlainDate.from({ year: place.year, month: 1, day: 1 });
  let moment = start.toZonedDateTime(place.zone);
  for (let count = 0; count <= place.which; count += 1) {
    moment = moment.getTimeZoneTransition("next") ?? moment;
  }
  return moment.epochMilliseconds;
}
