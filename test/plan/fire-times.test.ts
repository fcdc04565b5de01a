import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { JobSchedule, JobSpec } from "../../src/model/job.ts";
import type { TimesDiff } from "../../src/plan/times-diff.ts";
import { withFireTimes } from "../../src/plan/fire-times.ts";
import type { ObservedJob } from "../../src/plan/observed.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { nextOccurrence } from "../../src/schedule/next.ts";
import { desired, NOW_MS, observed, registered, spec } from "./jobs.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MONTH_MS = 30 * DAY_MS;

function planOf(specs: JobSpec[], jobs: ObservedJob[], nowMs: number = NOW_MS): Plan {
  const options = { nowMs, codes: new Map<string, string>(), allowPrune: true };
  return makePlan(desired(...specs), observed(...jobs), options);
}

function timesOf(specs: JobSpec[], jobs: ObservedJob[]): TimesDiff | null {
  const plan = withFireTimes(planOf(specs, jobs), { nowMs: NOW_MS, horizonMs: MONTH_MS });
  return plan.changes[0]?.times ?? null;
}

function cron(expression: string, timezone = "UTC"): JobSchedule {
  return { type: "cron", expression, timezone };
}

/** What a change from one schedule to the other does. */
function diff(
  before: JobSchedule,
  after: JobSchedule,
  { nowMs = NOW_MS, horizonMs = MONTH_MS } = {},
): TimesDiff {
  const plan = planOf(
    [spec("job", { schedule: after })],
    [registered(spec("job", { schedule: before }))],
    nowMs,
  );
  const times = withFireTimes(plan, { nowMs, horizonMs }).changes[0]?.times ?? null;
  assert.ok(times !== null);
  return times;
}

function counts({ kept, added, removed, moved }: TimesDiff): number[] {
  return [kept, added, removed, moved];
}

test("a daily job that moves, and loses its weekends", () => {
  const times = diff(cron("0 2 * * *"), cron("30 3 * * *"));
  assert.deepEqual(times, {
    before: {
      words: "Daily at 2:00",
      next: ["2026-11-22T02:00:00.000Z", "2026-11-23T02:00:00.000Z", "2026-11-24T02:00:00.000Z"],
      timezone: "UTC",
    },
    after: {
      words: "Daily at 3:30",
      next: ["2026-11-22T03:30:00.000Z", "2026-11-23T03:30:00.000Z", "2026-11-24T03:30:00.000Z"],
      timezone: "UTC",
    },
    from: "2026-11-21T11:50:00.000Z",
    until: "2026-12-21T11:50:00.000Z",
    horizon: "2026-12-21T11:50:00.000Z",
    same: null,
    kept: 0,
    added: 0,
    removed: 0,
    moved: 30,
    shifts: [{ byMs: 1.5 * HOUR_MS, count: 30 }],
  });
  const weekdays = diff(cron("0 2 * * *"), cron("30 3 * * 1-5"));
  assert.deepEqual(counts(weekdays), [0, 0, 9, 21]);
  assert.deepEqual(weekdays.shifts, [{ byMs: 1.5 * HOUR_MS, count: 21 }]);
});

test("every five minutes misread", () => {
  assert.deepEqual(counts(diff(cron("*/5 * * * *"), cron("5 0 * * *"))), [30, 0, 8610, 0]);
  assert.deepEqual(counts(diff(cron("5 0 * * *"), cron("*/5 * * * *"))), [30, 8610, 0, 0]);
});

test("a week, half a day, and a month", () => {
  const week = diff(cron("0 9 * * MON"), cron("0 9 * * TUE"));
  assert.deepEqual([week.moved, week.shifts], [5, [{ byMs: DAY_MS, count: 5 }]]);
  const half = diff(cron("0 2 * * *"), cron("0 14 * * *"));
  assert.deepEqual(half.shifts, [{ byMs: 12 * HOUR_MS, count: 30 }]);
  // Today at 14:00 is still to come, when today's 2:00 is over.
  assert.deepEqual(counts(half), [0, 1, 0, 30]);
  const month = diff(cron("0 9 1 * *"), cron("0 9 3 * *"), { horizonMs: 365 * DAY_MS });
  assert.deepEqual(month.shifts, [{ byMs: 2 * DAY_MS, count: 12 }]);
});

test("another zone, across the transitions of a year", () => {
  const zoned = diff(cron("0 2 * * *"), cron("0 2 * * *", "Europe/Paris"), {
    nowMs: Date.parse("2026-03-20T12:00:00Z"),
  });
  assert.deepEqual(zoned.shifts, [
    { byMs: -2 * HOUR_MS, count: 21 },
    { byMs: -HOUR_MS, count: 9 },
  ]);
  assert.deepEqual(counts(zoned), [0, 0, 0, 30]);
  const paris = (expression: string): JobSchedule => cron(expression, "Europe/Paris");
  const year = diff(paris("0 2 * * *"), paris("0 14 * * *"), { horizonMs: 365 * DAY_MS });
  assert.deepEqual(counts(year), [0, 1, 0, 365]);
});

test("a fixed time in a gap is the same instant as the time after it", () => {
  const nowMs = Date.parse("2027-03-27T12:00:00Z");
  const london = (expression: string): JobSchedule => cron(expression, "Europe/London");
  const times = diff(london("30 1 * * *"), london("0 2 * * *"), { nowMs, horizonMs: 3 * DAY_MS });
  assert.deepEqual(counts(times), [1, 0, 0, 2]);
  const fixed = diff(london("0 0-23 * * *"), london("0 * * * *"), {
    nowMs: Date.parse("2026-10-24T12:00:00Z"),
    horizonMs: 2 * DAY_MS,
  });
  // The hour that comes twice on 25 October: the fixed schedule runs in it once.
  assert.deepEqual([fixed.same, counts(fixed)], [null, [47, 1, 0, 0]]);
});

test("a cron that only looks different", () => {
  const proved = diff(cron("@daily"), cron("0 0 0 * * ?"));
  assert.equal(proved.same, "always");
  assert.deepEqual(counts(proved), [0, 0, 0, 0]);
  assert.deepEqual(proved.before?.next, proved.after?.next);
  const seen = diff(cron("0 0-23 * * *", "Europe/London"), cron("0 * * * *", "Europe/London"));
  assert.deepEqual([seen.same, seen.kept], ["within", 720]);
});

test("what differs only after the horizon is not called the same", () => {
  const times = diff(cron("0 0 1 12 *"), cron("0 0 1 12,6 *"));
  assert.deepEqual([times.same, counts(times)], [null, [1, 0, 0, 0]]);
  const never = diff(cron("0 0 1 2 *"), cron("0 0 1 3 *"));
  assert.deepEqual([never.same, counts(never)], [null, [0, 0, 0, 0]]);
});

test("both day fields are either, and both with a plus", () => {
  const times = diff(cron("0 9 1 * MON"), cron("0 9 1 * +MON"));
  // 23 and 30 November, 7 and 14 and 21 December, and Tuesday the 1st.
  assert.deepEqual([counts(times), times.same], [[0, 0, 6, 0], null]);
});

test("jobs that come, go, wake and rest", () => {
  const awake = spec("job");
  const asleep = spec("job", { enabled: false });
  const cases = [
    [timesOf([awake], []), [0, 30, 0, 0]],
    [timesOf([], [registered(awake)]), [0, 0, 30, 0]],
    [timesOf([awake], [registered(asleep)]), [0, 30, 0, 0]],
    [timesOf([asleep], [registered(awake)]), [0, 0, 30, 0]],
    [timesOf([spec("job", { schedule: null })], [registered(awake)]), [0, 0, 30, 0]],
  ] as const;
  for (const [times, wanted] of cases) assert.deepEqual(times && counts(times), wanted);
  assert.equal(cases[0][0]?.before, null);
  assert.equal(cases[1][0]?.after, null);
});

test("changes that touch no clock", () => {
  const asleep = spec("job", { enabled: false });
  const moved = spec("job", { enabled: false, schedule: cron("0 5 * * *") });
  const override = { enabled: false, by: "ann", reason: null, at: "2026-11-20T10:00:00.000Z" };
  const shifted = spec("job", { schedule: cron("0 5 * * *") });
  assert.equal(timesOf([spec("job", { timeoutMs: 1 })], [registered(spec("job"))]), null);
  assert.equal(timesOf([asleep], []), null);
  assert.equal(timesOf([moved], [registered(asleep)]), null);
  assert.equal(timesOf([spec("job", { schedule: null })], []), null);
  // Somebody disabled the job by hand, and apply leaves that as it is.
  assert.equal(timesOf([shifted], [registered(spec("job"), { override })]), null);
  // The registration could not be read.
  assert.equal(timesOf([shifted], [registered(spec("job"), { spec: null, specHash: "x" })]), null);
});

test("intervals and single times", () => {
  const every = (everyMs: number): JobSchedule => ({ type: "interval", everyMs });
  assert.deepEqual(counts(diff(every(2 * HOUR_MS), every(HOUR_MS))), [360, 360, 0, 0]);
  const at = (executeAt: string): JobSchedule => ({ type: "once", executeAt });
  const times = diff(at("2026-12-20T09:00:00.000Z"), at("2027-03-20T09:00:00.000Z"));
  assert.deepEqual(times.shifts, [{ byMs: 90 * DAY_MS, count: 1 }]);
});

test("too many times are counted over a shorter span, and the plan as a whole is bounded", () => {
  const seconds = diff(cron("* * * * * *"), cron("*/2 * * * * *"));
  assert.equal(seconds.until, "2026-11-21T23:50:00.000Z");
  assert.equal(seconds.horizon, "2026-12-21T11:50:00.000Z");
  assert.deepEqual(counts(seconds), [21_600, 0, 21_600, 0]);
  const names = Array.from({ length: 600 }, (_, index) => `job-${index}`);
  const specs = (step: number): JobSpec[] =>
    names.map((name, index) =>
      spec(name, { schedule: cron(`${index % 60} ${step + Math.floor(index / 60)}-59 * * * *`) }),
    );
  const plan = planOf(
    specs(1),
    specs(20).map((wanted) => registered(wanted)),
  );
  const options = { nowMs: NOW_MS, horizonMs: MONTH_MS };
  const { changes } = withFireTimes(plan, options);
  const counted = changes.map(({ times }) => times && times.kept + times.added + times.removed);
  assert.ok(counted.every((count) => count !== null && count > 100 && count < 10_000));
  assert.deepEqual(withFireTimes(plan, options).changes, changes);
});

test("the counts agree with the times one by one", () => {
  const expressions = fc.constantFrom(
    "0 2 * * *",
    "30 3 * * 1-5",
    "0 */6 * * *",
    "15 9-17 * * *",
    "0 9 1,15 * FRI",
    "0 9 L * *",
    "0 9 * * MON#2",
    "30 1 * * SUN",
  );
  const zones = fc.constantFrom("UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe");
  const schedule = fc.tuple(expressions, zones).map(([text, zone]) => cron(text, zone));
  const start = fc.integer({ min: 0, max: 500 }).map((days) => NOW_MS + days * DAY_MS);
  fc.assert(
    fc.property(schedule, schedule, start, (before, after, nowMs) => {
      if (JSON.stringify(before) === JSON.stringify(after)) return;
      const times = diff(before, after, { nowMs });
      if (times.same === "always") return;
      const was = dueTimes(before, nowMs);
      assert.equal(times.kept + times.moved + times.removed, was.size);
      assert.equal(times.kept, was.intersection(dueTimes(after, nowMs)).size);
    }),
    { numRuns: 50 },
  );
});

function dueTimes(schedule: JobSchedule, nowMs: number): Set<number> {
  const instants = new Set<number>();
  let afterMs = nowMs;
  for (;;) {
    const nextMs = nextOccurrence(schedule, { anchorMs: nowMs, afterMs });
    if (nextMs === null || nextMs > nowMs + MONTH_MS) return instants;
    instants.add(nextMs);
    afterMs = nextMs;
  }
}
