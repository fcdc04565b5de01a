import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSchedule, JobSpec } from "../../src/model/job.ts";
import { withFireTimes } from "../../src/plan/fire-times.ts";
import type { TimesDiff } from "../../src/plan/times-diff.ts";
import type { ObservedJob } from "../../src/plan/observed.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { makePlan } from "../../src/plan/plan.ts";
import type { Paint } from "../../src/views/paint.ts";
import { changeLines } from "../../src/views/plan-change.ts";
import { timesSummary } from "../../src/views/times-text.ts";
import { rateChange } from "../../src/views/times-rate.ts";
import { timesText } from "../../src/views/times-text.ts";
import { assertGolden, plain, tagged } from "../helpers/golden.ts";
import { desired, NOW_MS, observed, registered, spec } from "../plan/jobs.ts";

const MONTH_MS = 30 * 86_400_000;

function planOf(specs: JobSpec[], jobs: ObservedJob[], horizonMs: number = MONTH_MS): Plan {
  const options = { nowMs: NOW_MS, codes: new Map<string, string>(), allowPrune: true };
  const plan = makePlan(desired(...specs), observed(...jobs), options);
  return withFireTimes(plan, { nowMs: NOW_MS, horizonMs });
}

function cron(expression: string, timezone = "UTC"): JobSchedule {
  return { type: "cron", expression, timezone };
}

/** A plan in which each named job changes from the first schedule to the second. */
function rescheduled(
  changes: Record<string, [before: JobSchedule | null, after: JobSchedule | null]>,
): Plan {
  const specs = Object.entries(changes).map(([name, [before, after]]) => ({
    before: spec(name, { schedule: before }),
    after: spec(name, { schedule: after }),
  }));
  return planOf(
    specs.map(({ after }) => after),
    specs.map(({ before }) => registered(before)),
  );
}

function render(plan: Plan, color: Paint = plain): string {
  const blocks = plan.changes.map((change) => changeLines(change, { color, width: 100 }));
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n\n${timesSummary(plan)}\n`;
}

function timesOf(before: JobSchedule, after: JobSchedule): TimesDiff {
  const [change] = rescheduled({ job: [before, after] }).changes;
  const times = change?.times ?? null;
  assert.ok(times !== null);
  return times;
}

test("what a reviewer sees of schedules that change", () => {
  const plan = rescheduled({
    "invoice-sync": [cron("0 2 * * *", "Europe/Paris"), cron("30 3 * * 1-5", "Europe/Paris")],
    reformatted: [cron("@daily"), cron("0 0 0 * * *")],
    misread: [cron("*/5 * * * *"), cron("5 0 * * *")],
    "other-zone": [cron("0 2 * * *"), cron("0 2 * * *", "America/New_York")],
    "looks-same": [cron("0 0-23 * * *", "Asia/Tokyo"), cron("0 * * * *", "Asia/Tokyo")],
    "each-second": [cron("* * * * * *"), cron("*/10 * * * * *")],
    "every-so-often": [
      { type: "interval", everyMs: 21_600_000 },
      { type: "interval", everyMs: 3_600_000 },
    ],
    "both-days": [cron("0 9 13 * +FRI"), cron("0 9 13 * FRI")],
    "by-hand": [cron("0 8 * * MON"), null],
    "now-timed": [null, { type: "once", executeAt: "2026-12-24T18:00:00.000Z" }],
    postponed: [
      { type: "once", executeAt: "2026-12-20T09:00:00.000Z" },
      { type: "once", executeAt: "2027-03-01T09:30:15.000Z" },
    ],
    yearly: [cron("0 0 1 1 *"), cron("0 0 1 2 *")],
  });
  assertGolden("plan-times.txt", render(plan));
});

test("jobs that come and go, wake and rest, in styles", () => {
  const plan = planOf(
    [
      spec("new-job", { schedule: cron("*/15 * * * *") }),
      spec("waking"),
      spec("resting", { enabled: false }),
      spec("resting-and-moved", { enabled: false, schedule: cron("0 5 * * *") }),
      spec("misread", { schedule: cron("5 0 * * *") }),
    ],
    [
      registered(spec("waking", { enabled: false })),
      registered(spec("resting")),
      registered(spec("resting-and-moved")),
      registered(spec("misread", { schedule: cron("*/5 * * * *") })),
      registered(spec("old-job", { schedule: cron("30 4 * * *", "Asia/Kolkata") })),
    ],
  );
  assertGolden("plan-times-styled.txt", render(plan, tagged));
});

test("a misread cron says first how often it runs", () => {
  const rates: [string, string, string | null][] = [
    ["*/5 * * * *", "5 0 * * *", "every 5 minutes → once a day"],
    ["0 2 * * *", "* 2 * * *", "once a day → about 60 times a day"],
    ["0 * * * *", "0 9 * * MON", "every hour → once a week"],
    ["0 9 1 * *", "0 9 * * *", "once a month → once a day"],
    ["0 9 1 1 *", "0 9 * * 1,4", "once a year → about 2 times a week"],
    ["0 */6 * * *", "0 */2 * * *", "every 6 hours → every 2 hours"],
    ["*/5 9-17 * * 1-5", "*/5 * * * *", "about 73 times a day → every 5 minutes"],
    ["*/5 3 1 * *", "0 3 1 * *", "about 12 times a month → once a month"],
    ["0 2 * * *", "30 3 * * 1-5", null],
    ["0 2 * * *", "0 4 * * *", null],
  ];
  for (const [before, after, wanted] of rates) {
    assert.equal(rateChange(timesOf(cron(before), cron(after))), wanted, `${before} → ${after}`);
  }
});

test("a move by more than one length", () => {
  const paris = rescheduled({ job: [cron("0 2 * * *"), cron("0 2 * * *", "Europe/Paris")] });
  const [change] = withFireTimes(paris, { nowMs: NOW_MS, horizonMs: 5 * MONTH_MS }).changes;
  assert.ok(change?.times);
  assert.equal(timesText(change.times, plain), "150 days: 150 move by −1h (127) or −2h (23)");
  const times = { ...change.times, shifts: [...change.times.shifts, { byMs: 60_000, count: 1 }] };
  assert.equal(
    timesText({ ...times, moved: 151 }, plain),
    "150 days: 151 move by −1h (127), −2h (23) or otherwise",
  );
});

test("the sum of all clocks", () => {
  const daily = cron("0 2 * * *");
  assert.equal(timesSummary(planOf([spec("a")], [registered(spec("a"))])), null);
  assert.equal(timesSummary(planOf([spec("a")], [])), "In 30 days: 30 runs added.");
  assert.equal(
    timesSummary(rescheduled({ a: [cron("@daily"), cron("0 0 * * *")] })),
    "All due times stay the same.",
  );
  assert.equal(
    timesSummary(rescheduled({ a: [cron("0 0 1 1 *"), cron("0 0 1 2 *")] })),
    "In 30 days: no run is added, removed or moved.",
  );
  const once: JobSchedule = { type: "once", executeAt: "2026-12-20T18:00:00.000Z" };
  const many = rescheduled({
    a: [null, once],
    b: [daily, cron("0 3 * * *")],
    c: [cron("*/5 * * * *"), null],
    d: [cron("* * * * * *"), cron("*/2 * * * * *")],
  });
  assert.equal(timesSummary(many), "In 30 days, at least: 1 run added, 30,240 removed, 30 moved.");
});
