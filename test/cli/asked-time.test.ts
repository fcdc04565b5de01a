import assert from "node:assert/strict";
import { test } from "node:test";
import { askedTime } from "../../src/cli/asked-time.ts";

const options = { timezone: "Europe/Paris", nowMs: Date.parse("2026-11-21T09:30:00Z") };

function asked(text: string): string {
  const { fromMs, untilMs, again, skipped } = askedTime(text, options);
  const from = new Date(fromMs).toISOString().replace(".000Z", "Z");
  const second = again === null ? "" : ` and ${new Date(again.fromMs).toISOString().slice(11, 16)}`;
  return `${from} +${(untilMs - fromMs) / 1_000}s${second}${skipped ? " skipped" : ""}`;
}

const READ: [text: string, meaning: string][] = [
  ["2026-11-20T01:00:00Z", "2026-11-20T01:00:00Z +1s"],
  ["2026-11-20T01:00:00.250Z", "2026-11-20T01:00:00.250Z +0.001s"],
  ["2026-11-20T02:00+01:00", "2026-11-20T01:00:00Z +60s"],
  ["2026-11-20 02:00 +0100", "2026-11-20T01:00:00Z +60s"],
  ["Fri 2026-11-20 02:00 +01:00", "2026-11-20T01:00:00Z +60s"],
  ["2026-11-20 02:00 UTC", "2026-11-20T02:00:00Z +60s"],
  ["2026-11-20 02:00", "2026-11-20T01:00:00Z +60s"],
  ["  2026-11-20   02:00:30 ", "2026-11-20T01:00:30Z +1s"],
  ["2026-07-20T02:00", "2026-07-20T00:00:00Z +60s"],
  ["yesterday 02:00", "2026-11-20T01:00:00Z +60s"],
  ["Today 23:00", "2026-11-21T22:00:00Z +60s"],
  ["tomorrow 02:00", "2026-11-22T01:00:00Z +60s"],
  ["10:30", "2026-11-21T09:30:00Z +60s"],
  ["10:31", "2026-11-20T09:31:00Z +60s"],
  ["09:31Z", "2026-11-20T09:31:00Z +60s"],
  ["now", "2026-11-21T09:30:00Z +60s"],
  ["10m ago", "2026-11-21T09:20:00Z +60s"],
  ["5 minutes ago", "2026-11-21T09:25:00Z +60s"],
  ["90 seconds ago", "2026-11-21T09:28:30Z +1s"],
  ["1 Hour Ago", "2026-11-21T08:30:00Z +60s"],
  ["2h ago", "2026-11-21T07:30:00Z +60s"],
  ["27 days ago", "2026-10-25T09:30:00Z +60s"],
  ["28 days ago", "2026-10-24T08:30:00Z +60s"],
  ["yesterday", "2026-11-19T23:00:00Z +86400s"],
  ["2026-11-20", "2026-11-19T23:00:00Z +86400s"],
  ["2026-10-25", "2026-10-24T22:00:00Z +90000s"],
  ["today", "2026-11-20T23:00:00Z +86400s"],
  ["2026-10-25 02:30", "2026-10-25T00:30:00Z +60s and 01:30"],
  ["2026-10-25 02:30 +01:00", "2026-10-25T01:30:00Z +60s"],
  ["2026-03-29 02:30", "2026-03-29T01:00:00Z +60s skipped"],
];

for (const [text, meaning] of READ) {
  test(`'${text}' is read`, () => assert.equal(asked(text), meaning));
}

test("the end of a stretch is a time of day after its start, if there is one today", () => {
  const nowMs = Date.parse("2026-11-21T01:05:30Z");
  const endOf = (text: string, start: string): string => {
    const afterMs = askedTime(start, { ...options, nowMs }).fromMs;
    const { fromMs } = askedTime(text, { ...options, nowMs, afterMs });
    return new Date(fromMs).toISOString();
  };
  assert.equal(endOf("02:06", "02:05"), "2026-11-21T01:06:00.000Z");
  assert.equal(endOf("02:06", "02:04"), "2026-11-21T01:06:00.000Z");
  assert.equal(endOf("02:04", "02:05"), "2026-11-21T01:04:00.000Z", "it has been today");
  assert.equal(endOf("22:00", "21:00"), "2026-11-20T21:00:00.000Z", "yesterday's is after it");
  assert.equal(endOf("02:06", "2026-11-19"), "2026-11-20T01:06:00.000Z");
  assert.equal(endOf("02:06", "02:06"), "2026-11-20T01:06:00.000Z", "nothing is between");
  assert.equal(endOf("yesterday 02:06", "02:05"), "2026-11-20T01:06:00.000Z");
});

test("only a day without a time is asked about as a day", () => {
  const dayOf = (text: string): string | null => askedTime(text, options).day;
  assert.deepEqual(["yesterday", "2026-11-20"].map(dayOf), ["2026-11-20", "2026-11-20"]);
  assert.deepEqual(["2026-11-20 00:00", "now", "2 days ago"].map(dayOf), [null, null, null]);
});

test("what is no time is refused with the forms", () => {
  for (const text of [
    "",
    "noon",
    "2026-02-30",
    "2026-11-20 25:00",
    "+01:00",
    "2:00",
    "10m",
    "ten minutes ago",
    "999999 weeks ago later",
    "2026-11-20T",
  ]) {
    assert.throws(() => asked(text), { code: "usage", help: /2026-11-20T01:00:00Z/ }, text);
  }
});
