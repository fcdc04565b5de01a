import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { JobSchedule } from "../../src/model/job.ts";
import { nextOccurrence } from "../../src/schedule/next.ts";
import { effectiveMs, spreadOffsetMs } from "../../src/schedule/spread.ts";

const HOUR_MS = 3_600_000;
const DAILY: JobSchedule = { type: "cron", expression: "0 2 * * *", timezone: "Europe/London" };
const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/);
const spread = fc.integer({ min: 1, max: 25 * HOUR_MS });

test("the offset of a name is the same on every node and in every version", () => {
  const offsets = ["backup", "report", "cleanup-sessions", "job-1", "job-2"].map((job) =>
    spreadOffsetMs(job, 30 * 60_000),
  );
  // Another one would move the jobs of everybody who upgrades.
  assert.deepEqual(offsets, [1_388_000, 945_000, 1_139_000, 873_000, 1_065_000]);
  assert.equal(spreadOffsetMs("cleanup_sessions", 30 * 60_000), offsets[2]);
});

test("an offset lies within the spread, on a whole second where that has one", () => {
  fc.assert(
    fc.property(name, spread, (job, spreadMs) => {
      const offsetMs = spreadOffsetMs(job, spreadMs);
      assert.ok(offsetMs >= 0 && offsetMs < spreadMs);
      assert.ok(spreadMs < 1_000 || offsetMs % 1_000 === 0);
      assert.equal(spreadOffsetMs(job.replaceAll("-", "_"), spreadMs), offsetMs);
    }),
  );
  assert.equal(spreadOffsetMs("backup", 0), 0);
});

test("the jobs of a file are spread evenly", () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let job = 0; job < 10_000; job += 1) {
    const tenth = Math.floor(spreadOffsetMs(`job-${job}`, HOUR_MS) / (HOUR_MS / 10));
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  assert.ok(Math.min(...tenths) > 850 && Math.max(...tenths) < 1_150, tenths.join());
});

test("an effective time is never before the nominal one and always before the next", () => {
  const schedule = fc.constantFrom<JobSchedule>(
    DAILY,
    { type: "cron", expression: "0 8,9 * * *", timezone: "America/Nuuk" },
    { type: "cron", expression: "*/15 1 * * *", timezone: "Europe/London" },
    { type: "interval", everyMs: 1_500 },
    { type: "interval", everyMs: 7 * HOUR_MS },
  );
  const instant = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2028, 0) });
  fc.assert(
    fc.property(schedule, instant, name, spread, (given, afterMs, job, spreadMs) => {
      const anchorMs = 0;
      const nominalMs = nextOccurrence(given, { anchorMs, afterMs }) ?? 0;
      const offsetMs = spreadOffsetMs(job, spreadMs);
      const dueMs = effectiveMs(given, { anchorMs, nominalMs, offsetMs });
      const nextMs = nextOccurrence(given, { anchorMs, afterMs: nominalMs }) ?? 0;
      assert.ok(dueMs >= nominalMs && dueMs < nextMs);
      if (nominalMs + offsetMs < nextMs) assert.equal(dueMs, nominalMs + offsetMs);
    }),
  );
});

test("jobs that are spread over more than their distance stay apart", () => {
  const nominalMs = Date.parse("2026-11-21T02:00:00Z");
  const minutely: JobSchedule = { type: "cron", expression: "* * * * *", timezone: "UTC" };
  const at = (offsetMs: number): number =>
    effectiveMs(minutely, { anchorMs: 0, nominalMs, offsetMs }) - nominalMs;
  assert.deepEqual([0, 59_000, 60_000, 61_000, 3_599_000].map(at), [0, 59_000, 0, 1_000, 59_000]);
});

test("a single time has nothing after it", () => {
  const once: JobSchedule = { type: "once", executeAt: "2026-12-25T09:00:00.000Z" };
  const nominalMs = Date.parse("2026-12-25T09:00:00Z");
  assert.equal(effectiveMs(once, { anchorMs: 0, nominalMs, offsetMs: 5_000 }), nominalMs + 5_000);
});
