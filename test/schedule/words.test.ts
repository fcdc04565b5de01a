import assert from "node:assert/strict";
import { test } from "node:test";
import { describeSchedule } from "../../src/schedule/words.ts";

const WORDS: Record<string, string> = {
  "0 * * * *": "Every hour",
  "0 0 * * * *": "Every hour",
  "@hourly": "Every hour",
  "*/5 * * * *": "Every 5 minutes",
  "0 */5 * * * *": "Every 5 minutes",
  "0 */6 * * *": "Every 6 hours",
  "0 0 */6 * * *": "Every 6 hours",
  "*/45 * * * *": "At minutes 0 and 45 of every hour",
  "*/25 * * * *": "At minutes 0, 25 and 50 of every hour",
  "*/30 * * * *": "Every 30 minutes",
  "0 */5 * * *": "Daily at 0:00, 5:00, 10:00, 15:00 and 20:00",
  "0 */12 * * *": "Every 12 hours",
  "0 */23 * * *": "Daily at 0:00 and 23:00",
  "0 2 * * *": "Daily at 2:00",
  "5 0 * * *": "Daily at 0:05",
  "0 30 14 * * *": "Daily at 14:30",
  "@daily": "Daily at 0:00",
  "* * * * * *": "Every second",
  "* * * * *": "Every minute",
  "0 8 * * 1": "At 08:00, only on Monday",
  "30 3 * * MON-FRI": "At 03:30, Monday through Friday",
  "0 0 L * *": "At 00:00, on the last day of the month",
  "0 0 * * FRI#L": "At 00:00, on the last Friday of the month",
  "0 0 1 * 1": "At 00:00, on day 1 of the month OR on Monday",
  "0 12 1-7 6 +MON": "At 12:00, between day 1 and 7 of the month AND on Monday, only in June",
  "not a cron": "not a cron",
};

test("cron expressions are described for people", () => {
  for (const [expression, words] of Object.entries(WORDS)) {
    assert.equal(describeSchedule({ type: "cron", expression, timezone: "UTC" }), words);
  }
});

test("intervals, instants and jobs without a schedule are described", () => {
  const every = (everyMs: number): string => describeSchedule({ type: "interval", everyMs });
  assert.deepEqual([300_000, 5_400_000, 86_400_000, 1_000].map(every), [
    "Every 5 minutes",
    "Every 1 hour 30 minutes",
    "Every day",
    "Every second",
  ]);
  const once = describeSchedule({ type: "once", executeAt: "2026-12-25T09:00:00.000Z" });
  assert.equal(once, "Once at 2026-12-25 09:00 UTC");
  assert.equal(describeSchedule(null), "By hand only");
});
