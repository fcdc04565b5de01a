import assert from "node:assert/strict";
import { test } from "node:test";
import { findJobId } from "../../src/store/jobs.ts";
import { triggerJob } from "../../src/store/trigger.ts";
import { testDatabase } from "../helpers/database.ts";
import { startTestScheduler, testProject } from "../helpers/project.ts";

const FAR = "0 0 1 1 *";
const command = (name: string, said: string, extra = ""): string =>
  `  ${name}: {schedule: "${FAR}", command: [echo, ${said}]${extra}}\n`;

test("a node that starts applies the file before it runs anything of the old schedule", async (t) => {
  const { database, url } = await testDatabase(t);
  const before = `project: test\njobs:\n${command("gone", "old")}${command("rests", "old")}${command("changed", "old")}`;
  const files = await testProject(t, before);
  const first = await startTestScheduler(t, files, url);
  await first.events.next("applied");
  await first.stop();
  // All three were due, and two were asked for, while no scheduler ran.
  await database.query(
    "update job_clock set next_run = clock_timestamp(), next_effective = clock_timestamp()",
  );
  const request = {
    parameters: null,
    triggeredBy: "test",
    trigger: "api",
    overlap: "allow",
  } as const;
  for (const name of ["gone", "changed"]) {
    await triggerJob(database, { ...request, jobId: (await findJobId(database, name)) ?? "" });
  }
  const after = `project: test\njobs:\n${command("rests", "old", ", enabled: false")}${command("changed", "new")}`;
  await files.write("config.yaml", after);
  const second = await startTestScheduler(t, files, url);
  await second.events.next("run_finished", ({ jobName }) => jobName === "changed");
  await second.stop();
  const started = second.events.all.flatMap((event) =>
    event.type === "run_started" ? [event.jobName] : [],
  );
  assert.deepEqual([...new Set(started)], ["changed"]);
  const said = await database.query<{ message: string }>(
    "select distinct message from logs where message in ('old', 'new')",
  );
  assert.deepEqual(said, [{ message: "new" }]);
});
