import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { offsetStretch, shiftsBetween } from "../../src/schedule/shifts.ts";

const HOUR_MS = 3_600_000;
const ZONES = ["Europe/London", "America/Nuuk", "Africa/Casablanca", "Pacific/Apia", "Asia/Tokyo"];

function offsetAt(timezone: string, atMs: number): number {
  const moment = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone);
  return moment.offsetNanoseconds / 1e6;
}

test("the shifts of a year, forward and back", () => {
  const [from, until] = [Date.parse("2026-01-01T00:00:00Z"), Date.parse("2027-01-01T00:00:00Z")];
  const spring = Date.parse("2026-03-29T01:00:00Z");
  const autumn = Date.parse("2026-10-25T01:00:00Z");
  assert.deepEqual(shiftsBetween("Europe/London", from, until), [
    { atMs: spring, wallFromMs: spring, wallToMs: spring + HOUR_MS },
    { atMs: autumn, wallFromMs: autumn + HOUR_MS, wallToMs: autumn },
  ]);
  assert.deepEqual(shiftsBetween("Europe/London", spring, spring), [], "the first is exclusive");
  assert.equal(shiftsBetween("Europe/London", spring - 1, spring).length, 1, "the last is not");
  assert.deepEqual(shiftsBetween("UTC", from, until), []);
});

test("within a stretch the offset is one, and it changes where a stretch ends", () => {
  const zone = fc.constantFrom(...ZONES);
  const range = { min: Date.parse("1995-01-01"), max: Date.parse("2060-01-01") };
  fc.assert(
    fc.property(zone, fc.integer(range), fc.integer({ min: 0, max: 999 }), (timezone, at, part) => {
      const { fromMs, untilMs, offsetMs } = offsetStretch(timezone, at);
      assert.ok(fromMs <= at && at < untilMs, "it holds the instant");
      const inside = fromMs + Math.floor(((untilMs - 1 - fromMs) * part) / 999);
      for (const atMs of [at, inside, untilMs - 1]) {
        assert.equal(offsetAt(timezone, atMs), offsetMs);
      }
      const next = offsetStretch(timezone, untilMs);
      assert.equal(next.offsetMs, offsetAt(timezone, untilMs));
    }),
    { numRuns: 300 },
  );
  const utc = { fromMs: -Infinity, untilMs: Infinity, offsetMs: 0, shift: null };
  assert.deepEqual(offsetStretch("UTC", range.min), utc);
  assert.throws(() => offsetStretch("Nowhere/Town", range.min), RangeError);
});
