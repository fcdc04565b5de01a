import assert from "node:assert/strict";
import { test } from "node:test";
import { upcomingRuns } from "../../src/cli/upcoming.ts";
import { findJob, listJobs } from "../../src/store/jobs.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";

test("a job that is due each second leaves the others their places among the next runs", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [
    commandJob("tick", { schedule: { type: "interval", everyMs: 1_000 } }),
    commandJob("daily", { schedule: { type: "interval", everyMs: 86_400_000 } }),
    commandJob("once", { schedule: { type: "once", executeAt: "2099-01-01T00:00:00Z" } }),
  ]);
  const next = async (limit: number, perJob?: number): Promise<string> => {
    const options = { limit, projectZone: "UTC", ...(perJob === undefined ? {} : { perJob }) };
    const { runs, more } = upcomingRuns(await listJobs(database), options);
    const names = runs.map(({ job_name }) => job_name).join(" ");
    return more.length === 0 ? names : `${names} + ${more.join(" ")}`;
  };
  assert.equal(await next(2), "tick daily + tick", "the soonest");
  assert.equal(await next(3), "tick daily once + daily tick");
  assert.equal(await next(4), "tick tick daily once + daily tick");
  assert.equal(await next(7), "tick tick tick daily daily daily once + daily tick");
  assert.equal(await next(8), "tick tick tick tick daily daily daily once + daily tick");
  assert.equal(await next(7, 1), "tick daily once");
  const tick = await findJob(database, "tick");
  assert.ok(tick);
  assert.equal(upcomingRuns([tick], { limit: 5, projectZone: "UTC" }).runs.length, 5);
});
