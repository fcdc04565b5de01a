import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { JobSchedule } from "../../src/model/job.ts";
import { nextOccurrence, upcomingOccurrences } from "../../src/schedule/next.ts";

test("an interval is anchored, its first occurrence one interval later", () => {
  const schedule: JobSchedule = { type: "interval", everyMs: 300 };
  const next = (afterMs: number): number | null =>
    nextOccurrence(schedule, { anchorMs: 1_000, afterMs });
  assert.deepEqual(
    [0, 999, 1_000, 1_299, 1_300, 1_301].map(next),
    [1_300, 1_300, 1_300, 1_300, 1_600, 1_600],
  );
});

test("once is its instant, and nothing after it", () => {
  const schedule: JobSchedule = { type: "once", executeAt: "2026-12-25T09:00:00.000Z" };
  const instant = Date.parse("2026-12-25T09:00:00Z");
  assert.equal(nextOccurrence(schedule, { anchorMs: 0, afterMs: instant - 1 }), instant);
  assert.equal(nextOccurrence(schedule, { anchorMs: 0, afterMs: instant }), null);
  assert.deepEqual(upcomingOccurrences(schedule, { anchorMs: 0, afterMs: 0, count: 3 }), [instant]);
});

test("upcoming occurrences are the next one, again and again", () => {
  const schedule: JobSchedule = {
    type: "cron",
    expression: "0 8 * * 1",
    timezone: "Europe/London",
  };
  const afterMs = Date.parse("2026-10-20T00:00:00Z");
  const upcoming = upcomingOccurrences(schedule, { anchorMs: 0, afterMs, count: 2 });
  assert.deepEqual(
    upcoming.map((instant) => new Date(instant).toISOString()),
    ["2026-10-26T08:00:00.000Z", "2026-11-02T08:00:00.000Z"],
  );
});

test("the next occurrence is always later, on every kind of schedule", () => {
  const zone = fc.constantFrom("UTC", "America/New_York", "America/Nuuk", "Australia/Lord_Howe");
  const number = (max: number): fc.Arbitrary<string> => fc.integer({ min: 0, max }).map(String);
  const time = fc.oneof(number(59), fc.constantFrom("*", "*/7", "10,40", "5-20/5"));
  const hour = fc.oneof(number(23), fc.constantFrom("*", "*/5", "1-3", "2,23"));
  const cron = fc.record({
    type: fc.constant("cron" as const),
    expression: fc.tuple(time, hour).map(([minute, hours]) => `${minute} ${hours} * * *`),
    timezone: zone,
  });
  const interval = fc.record({
    type: fc.constant("interval" as const),
    everyMs: fc.integer({ min: 1, max: 10 ** 10 }),
  });
  const instant = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2035, 0) });
  fc.assert(
    fc.property(fc.oneof(cron, interval), instant, instant, (schedule, anchorMs, afterMs) => {
      const upcoming = upcomingOccurrences(schedule, { anchorMs, afterMs, count: 4 });
      assert.equal(upcoming.length, 4);
      for (const [index, occurrence] of upcoming.entries()) {
        assert.ok(occurrence > (upcoming[index - 1] ?? afterMs));
      }
    }),
    { numRuns: 60 },
  );
});
