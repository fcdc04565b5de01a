import assert from "node:assert/strict";
import { test } from "node:test";
import { findJob } from "../../src/store/jobs.ts";
import { followZoneData } from "../../src/store/zone-data.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob, rewindClock } from "../helpers/desired.ts";

const cron = { type: "cron", expression: "0 3 1 1 *", timezone: "Europe/Paris" } as const;
const HOUR_MS = 3_600_000;

test("next runs that older rules of time zones gave are computed anew; others stay", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [
    commandJob("new-year", { schedule: cron }),
    commandJob("same", { schedule: cron }),
    commandJob("interval", { schedule: { type: "interval", everyMs: 24 * HOUR_MS } }),
  ]);
  const nextOf = async (name: string) => (await findJob(database, name))?.nextRun ?? new Date(0);
  const right = await nextOf("new-year");
  const interval = await nextOf("interval");
  assert.deepEqual(await followZoneData(database, "2026a"), [], "nothing is known to be older");
  // As if a country had changed its offset since.
  const wrong = new Date(right.getTime() + HOUR_MS);
  await rewindClock(database, "new-year", wrong);
  assert.deepEqual(await followZoneData(database, "2025z"), [], "an older Node moves nothing");
  assert.deepEqual(await followZoneData(database, "2026b"), [
    { jobName: "new-year", from: wrong, to: right },
  ]);
  assert.deepEqual(await nextOf("new-year"), right);
  assert.deepEqual(await nextOf("same"), right);
  assert.deepEqual(await nextOf("interval"), interval);
  assert.deepEqual(await followZoneData(database, "2026b"), []);
  await rewindClock(database, "new-year", wrong);
  assert.deepEqual(await followZoneData(database, "2025c"), [], "an older Node moves nothing back");
});
