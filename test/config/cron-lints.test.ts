import { test } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { clockChangeWarning } from "../../src/config/check-clock-changes.ts";
import { monthDayWarning } from "../../src/config/check-month-days.ts";
import { exceededInterval } from "../../src/config/interval.ts";
import { checkCron, nextCron } from "../../src/schedule/cron.ts";
import { check } from "./checking.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse("2026-11-21T12:00:00Z");
const ZONES = [
  "UTC",
  "Europe/London",
  "Europe/Berlin",
  "America/New_York",
  "America/Havana",
  "America/Nuuk",
  "Asia/Tokyo",
  "Australia/Lord_Howe",
  "Africa/Cairo",
];

const minute = fc.constantFrom("*/15", "*/20", "*/7", "5", "0,30", "10-40/10");
const hour = fc.constantFrom("0", "1", "2", "3", "23", "0-3", "1,2", "2-4/2", "22-23", "9-17");
const weekday = fc.constantFrom("*", "0", "1-5", "6,0");

/** Occurrences in [fromMs, untilMs). */
function occurrences(expression: string, zone: string, range: [number, number]): number[] {
  const found: number[] = [];
  const cron = { expression, timezone: zone };
  let atMs = nextCron(cron, range[0] - 1);
  while (atMs !== null && atMs < range[1]) {
    found.push(atMs);
    atMs = nextCron(cron, atMs);
  }
  return found;
}

/** The dates of the next year near a change of the clocks, found by looking at each day's length. */
function unevenDates(zone: string): Temporal.PlainDate[] {
  const first = Temporal.Instant.fromEpochMilliseconds(NOW_MS).toZonedDateTimeISO(zone);
  const dates = Array.from({ length: 366 }, (_, days) => first.toPlainDate().add({ days }));
  return dates.filter((date) => date.toZonedDateTime(zone).hoursInDay !== 24);
}

/** Whether the calculator gives other times of the wall clock than the expression names. */
function isIrregular(expression: string, zone: string): boolean {
  return unevenDates(zone).some((date) => {
    const start = date.toZonedDateTime(zone).epochMilliseconds;
    const end = date.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds;
    const wall = date.toZonedDateTime("UTC").epochMilliseconds;
    const wanted = occurrences(expression, "UTC", [wall, wall + DAY_MS]);
    return occurrences(expression, zone, [start, end]).length !== wanted.length;
  });
}

test("the dates of clock changes that are warned of are those of the calculator", () => {
  const warned = { yes: 0, no: 0 };
  fc.assert(
    fc.property(minute, hour, weekday, fc.constantFrom(...ZONES), (m, h, w, timezone) => {
      const expression = `${m} ${h} * * ${w}`;
      const warning = clockChangeWarning({ expression, timezone }, NOW_MS);
      const fixed = !/\//.test(`${m} ${h}`);
      assert.equal(warning !== null, !fixed && isIrregular(expression, timezone), expression);
      warned[warning === null ? "no" : "yes"] += 1;
    }),
    { numRuns: 300 },
  );
  assert.ok(warned.yes > 20 && warned.no > 20, JSON.stringify(warned));
});

test("the remedies of a warning about a clock change end it", () => {
  const cron = { expression: "*/15 1 * * *", timezone: "Europe/London" };
  const warning = clockChangeWarning(cron, NOW_MS);
  assert.match(warning?.message ?? "", /not due on Sun 2027-03-28.*; due twice .* Sun 2027-10-31/);
  assert.equal(
    warning?.help,
    "add `dst: {gap: run_after, fold: once}` for one run, or `dst: {gap: skip, fold: twice}` if it is meant so",
  );
  for (const dst of [
    { gap: "run_after", fold: "once" },
    { gap: "skip", fold: "twice" },
  ] as const) {
    assert.equal(clockChangeWarning({ ...cron, dst }, NOW_MS), null);
  }
  const gapSaid = clockChangeWarning({ ...cron, dst: { gap: "skip" } }, NOW_MS);
  assert.match(gapSaid?.message ?? "", /^in Europe\/London it is due twice at each time on [^;]+$/);
  assert.match(gapSaid?.help ?? "", /^add `dst: \{fold: once\}`/);
});

test("dst is refused where no clock can skip or repeat a time", () => {
  const job = (schedule: string): string =>
    `jobs:\n  a:\n    command: [x]\n    dst: {gap: skip}\n${schedule}`;
  const found = (schedule: string): string[] =>
    check(job(schedule)).map(({ rule, line, message }) => `${line} ${rule}: ${message}`);
  const refusal =
    "4 config/unusable: `dst` is about the times of a cron schedule, and this job has";
  assert.deepEqual(found("    schedule: {every: 5m}\n"), [`${refusal} an interval`]);
  assert.deepEqual(found('    schedule: {at: "2030-01-01T00:00:00Z"}\n'), [`${refusal} one time`]);
  assert.deepEqual(found(""), [`${refusal} no schedule`]);
  assert.deepEqual(found('    schedule: "17 2 * * *"\n'), []);
  assert.deepEqual(found("    schedule: {cron: 17 2 * * *, timezone: Europe/London}\n"), []);
  const everywhere =
    "defaults: {dst: {gap: skip}}\njobs:\n  a: {command: [x], schedule: {every: 5m}}\n";
  assert.deepEqual(check(everywhere), [], "defaults are for the jobs that they fit");
});

test("the lint about clock changes hears what the file says of them", () => {
  const config = (defaults: string, own: string): string =>
    `timezone: Europe/London\n${defaults}jobs:\n  a: {command: [x], schedule: "*/15 1 * * *"${own}}\n`;
  const rules = (text: string): string[] => check(text).map(({ rule }) => rule);
  assert.deepEqual(rules(config("", "")), ["schedule/irregular-days"]);
  assert.deepEqual(rules(config("", ", dst: {gap: run_after, fold: once}")), []);
  assert.deepEqual(rules(config("defaults: {dst: {gap: skip, fold: twice}}\n", "")), []);
});

const days = fc.constantFrom("1", "15", "28", "29", "30", "31", "15,30", "1,31", "29,30", "28-31");
const months = fc.constantFrom("*", "2", "1,3", "4", "1-6", "2,4");

/** Whether the last day that is named is missing in some month of eight years with a leap year. */
function lacksDay(dayField: string, monthField: string): boolean {
  const expression = `0 0 ${dayField} ${monthField} *`;
  for (let month = 0; month < 96; month += 1) {
    const start = Date.UTC(2024, month, 1);
    const end = Date.UTC(2024, month + 1, 1);
    const named = occurrences(`0 0 1 ${monthField} *`, "UTC", [start, start + 1]).length === 1;
    const wanted = dayField.split(",").filter((day) => !day.includes("-"));
    const due = occurrences(expression, "UTC", [start, end]).map((atMs) =>
      String(new Date(atMs).getUTCDate()),
    );
    const previous = (day: string): boolean => wanted.includes(String(Number(day) - 1));
    if (named && wanted.some((day) => !previous(day) && !due.includes(day))) return true;
  }
  return false;
}

test("the months that are warned of lack a day for the calculator", () => {
  fc.assert(
    fc.property(days, months, (day, month) => {
      const expression = `0 0 ${day} ${month} *`;
      if (checkCron(expression, "UTC") !== null) return;
      const warning = monthDayWarning(expression);
      assert.equal(warning !== null, lacksDay(day, month), expression);
      const rewritten = /`(.*)`/.exec(warning?.help ?? "")?.[1];
      if (rewritten === undefined) return;
      assert.equal(checkCron(rewritten, "UTC"), null, rewritten);
      assert.equal(monthDayWarning(rewritten), null, rewritten);
    }),
    { numRuns: 100 },
  );
});

test("each phrase about a missing day", () => {
  const phrases = ["31 * *", "30 * *", "29 * *", "29 2 *", "15,30 * *", "31 1,4 *"].map(
    (field) => monthDayWarning(`0 0 ${field}`)?.message,
  );
  assert.deepEqual(phrases, [
    "it is not due in Feb, Apr, Jun, Sep, Nov, which have no day 31",
    "it is not due in Feb, which has no day 30",
    "it is not due in Feb, except in leap years",
    "it is due in leap years only: no other Feb has day 29",
    "it is not due on day 30 in Feb, which has no day 30",
    "it is not due in Apr, which has no day 31",
  ]);
});

test("an interval is exceeded when the calculator finds two occurrences that are closer", () => {
  const second = fc.constantFrom("0", "0,30", "*/20", "59");
  const dayOf = fc.constantFrom("* * *", "* * 1-5", "* * 1", "1 * *", "1,2 * *", "* * 0,6");
  fc.assert(
    fc.property(second, minute, hour, dayOf, (s, m, h, d) => {
      const expression = `${s} ${m} ${h} ${d}`;
      const from = Date.UTC(2026, 0, 1);
      const found = occurrences(expression, "UTC", [from, from + 65 * DAY_MS]).slice(0, 3_000);
      const distances = found.slice(1).map((atMs, index) => atMs - (found[index] ?? 0));
      const shortestMs = Math.min(...distances);
      if (!Number.isFinite(shortestMs)) return;
      assert.equal(exceededInterval(expression, shortestMs), null, expression);
      assert.notEqual(exceededInterval(expression, shortestMs + 1), null, expression);
    }),
    { numRuns: 60 },
  );
});
