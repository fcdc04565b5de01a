import assert from "node:assert/strict";
import { test } from "node:test";
import { readZones } from "../../src/cli/zones.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";

test("times are shown in the zone of their job's schedule, others in the project's", async (t) => {
  const { database } = await testDatabase(t);
  const cron = (timezone: string) => ({ type: "cron", expression: "0 2 * * *", timezone }) as const;
  const jobs = [
    commandJob("tokyo-report", { schedule: cron("Asia/Tokyo") }),
    commandJob("usual", { schedule: cron("Europe/Paris") }),
    commandJob("tick", { schedule: { type: "interval", everyMs: 60_000 } }),
    commandJob("gone", { schedule: cron("Asia/Tokyo") }),
  ];
  await applyJobs(database, jobs);
  await applyJobs(database, jobs.slice(0, 3), { configHash: "2" });
  const zoneOf = await readZones({ database, settings: { timezone: "Europe/Paris" } });
  assert.deepEqual(
    ["tokyo-report", "tokyo_report", "usual", "tick", "gone", "nobody", null].map(zoneOf),
    ["Asia/Tokyo", "Asia/Tokyo", ...Array.from({ length: 5 }, () => "Europe/Paris")],
  );
});
