import assert from "node:assert/strict";
import { test } from "node:test";
import { ageMs, pastTime, toTimeSpan } from "../../src/cli/past-times.ts";
import { SchedulerError } from "../../src/model/errors.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const BERLIN = { nowMs: NOW_MS, timezone: "Europe/Berlin" };

test("how long ago, a day, or a time, by the clocks of the zone unless it says otherwise", () => {
  const cases: [text: string, instant: string][] = [
    ["2d", "2026-11-19T12:00:00.000Z"],
    [" 1H ", "2026-11-21T11:00:00.000Z"],
    ["30m", "2026-11-21T11:30:00.000Z"],
    ["1h30m", "2026-11-21T10:30:00.000Z"],
    ["7", "2026-11-14T12:00:00.000Z"],
    ["0", "2026-11-21T12:00:00.000Z"],
    ["2026-11-01", "2026-10-31T23:00:00.000Z"],
    ["2026-11-01T09:30:00", "2026-11-01T08:30:00.000Z"],
    ["2026-11-01 09:30:00.250", "2026-11-01T08:30:00.250Z"],
    ["Sun 2026-11-01 09:30:00 +01:00", "2026-11-01T08:30:00.000Z"],
    ["yesterday", "2026-11-19T23:00:00.000Z"],
    ["12:00", "2026-11-21T11:00:00.000Z"],
    ["10m ago", "2026-11-21T11:50:00.000Z"],
    ["2026-11-01T09:30:00+02:00", "2026-11-01T07:30:00.000Z"],
    ["2026-11-01t09:30:00z", "2026-11-01T09:30:00.000Z"],
  ];
  for (const [text, instant] of cases) {
    assert.equal(pastTime(text, BERLIN).toISOString(), instant, text);
  }
  for (const text of ["", "soon", "1x", "-1", "2026-13-01", "25:00"]) {
    assert.throws(() => pastTime(text, BERLIN), SchedulerError, text);
  }
});

test("the end of a stretch is a time of day after its start, if there is one today", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.parse("2026-11-21T01:05:30Z") });
  for (const zone of ["Europe/Berlin", "UTC"]) {
    const { since, until } = toTimeSpan({ since: "30s ago", until: "02:06" })(zone);
    assert.ok(since !== null && until !== null && since < until, zone);
  }
  assert.throws(() => toTimeSpan({ since: "01:04", until: "01:03" }), SchedulerError);
});

test("a length of time, where a number alone counts days", () => {
  assert.deepEqual(["30", "12h", "90m", "", "-3", "2026-01-01"].map(ageMs), [
    30 * 86_400_000,
    12 * 3_600_000,
    90 * 60_000,
    null,
    null,
    null,
  ]);
});
