import assert from "node:assert/strict";
import { test } from "node:test";
import { dueBetween, nearestDue, spanAt, spansOf } from "../../src/cli/job-spans.ts";
import type { JobSchedule } from "../../src/model/job.ts";
import type { JobEvent } from "../../src/store/job-events.ts";

const START = Date.parse("2026-03-01T00:00:00Z");
const HOUR = 3_600_000;
const hourly: JobSchedule = { type: "cron", expression: "0 * * * *", timezone: "UTC" };

function event(hour: number, kind: JobEvent["kind"], schedule: JobSchedule | null): JobEvent {
  const at = new Date(START + hour * HOUR);
  const by = { gitCommit: null, gitAuthor: null, gitSubject: null, gitDirty: null };
  const applied = { revision: null, appliedAt: null, appliedBy: null, doneBy: null, nodeId: null };
  return { at, kind, schedule, anchor: at, reason: null, ...by, ...applied };
}

const hours = (instants: readonly (number | null)[]): (number | null)[] =>
  instants.map((instant) => (instant === null ? null : (instant - START) / HOUR));

const spans = spansOf([
  event(0, "registered", hourly),
  event(5, "disabled", null),
  event(8, "enabled", { type: "interval", everyMs: HOUR / 2 }),
]);

test("what is due follows from the decision that was in force", () => {
  const due = dueBetween(spans, { fromMs: START, untilMs: START + 9.5 * HOUR });
  assert.deepEqual(hours(due), [1, 2, 3, 4, 5, 8.5, 9]);
  const inside = dueBetween(spans, { fromMs: START + 2 * HOUR, untilMs: START + 4 * HOUR });
  assert.deepEqual(hours(inside), [2, 3], "the first instant counts, the last does not");
  assert.equal(spanAt(spans, START), null, "what is registered at an instant is not due at it");
  assert.equal(spanAt(spans, START + 5 * HOUR)?.event.kind, "registered");
  assert.equal(spanAt(spans, START + 6 * HOUR)?.event.kind, "disabled");
});

test("the nearest due times lie within the decision", () => {
  const [first, second, third] = spans;
  assert.ok(first && second && third);
  const nearest = (span: (typeof spans)[number], hour: number) => {
    const { beforeMs, afterMs } = nearestDue(span, START + hour * HOUR);
    return hours([beforeMs, afterMs]);
  };
  assert.deepEqual(nearest(first, 2.5), [2, 3]);
  assert.deepEqual(nearest(first, 3), [2, 4]);
  assert.deepEqual(nearest(first, 0.5), [null, 1]);
  assert.deepEqual(nearest(first, 5), [4, null]);
  assert.deepEqual(nearest(second, 6), [null, null]);
  assert.deepEqual(nearest(third, 8_000.25), [8_000, 8_000.5]);
});

test("a due time long before is found, and the last of very many", () => {
  const leap: JobSchedule = { type: "cron", expression: "0 0 29 2 *", timezone: "UTC" };
  const since2019 = (schedule: JobSchedule) => spansOf([event(-60_000, "registered", schedule)]);
  const [rare] = since2019(leap);
  const [often] = since2019({ type: "interval", everyMs: 1_000 });
  assert.ok(rare && often);
  assert.equal(nearestDue(rare, START).beforeMs, Date.parse("2024-02-29T00:00:00Z"));
  assert.equal(nearestDue(often, START + 500).beforeMs, START);
});
