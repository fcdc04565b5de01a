import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../src/store/connection.ts";
import { findJob } from "../../src/store/jobs.ts";
import { requestCancel } from "../../src/store/trigger.ts";
import { testDatabase } from "../helpers/database.ts";
import { plugin, startTestScheduler, testProject } from "../helpers/project.ts";
import { triggerByHand } from "../helpers/runs.ts";

// What went wrong in the scheduler that the seeds describe: docs/seeds.md names each.

test("a start is no occasion to run what is not due", async (t) => {
  const { database, url } = await testDatabase(t);
  const config = `project: test\njobs:\n  cleanup-sessions: {schedule: "0 0 1 1 *"}\n  database_cleanup: {schedule: "0 0 1 1 *"}\n`;
  const project = await testProject(t, config);
  for (let start = 0; start < 2; start += 1) {
    const { events, stop } = await startTestScheduler(t, project, url);
    await events.next("started");
    await stop();
  }
  assert.deepEqual(await database.query("select job_name from executions"), []);
});

test("parameters reach scheduled runs, one broken job keeps no other, a cancel leaves nothing behind", async (t) => {
  const { database, url } = await testDatabase(t);
  await insertSession(database, { id: "kept", hours: 30 });
  await insertSession(database, { id: "closed", hours: 50 });
  const project = await testProject(
    t,
    `project: test
jobs:
  broken: {schedule: "* * * * * *"}
  cleanup-sessions: {schedule: "* * * * * *", retention_hours: 48}
  long: {schedule: "0 0 1 1 *", command: [sleep, "60"]}
`,
  );
  await project.write("plugins/broken.ts", `throw new Error("at import");\n${plugin("")}`);
  const { events } = await startTestScheduler(t, project, url);
  await events.next("applied");

  // A run by hand just before a due time is one more run: it neither takes its place nor its next one.
  await triggerByHand(database, "cleanup-sessions", "allow");
  for (const trigger of ["manual", "schedule", "schedule"]) {
    await events.next("run_finished", ({ jobName }) => jobName === "cleanup-sessions");
    assert.notEqual((await findJob(database, "cleanup-sessions"))?.nextRun ?? null, null, trigger);
  }
  const sessions = await database.query(
    "select session_id as id, ended_at is not null as ended from user_sessions order by id",
  );
  assert.deepEqual(sessions, [
    { id: "closed", ended: true },
    { id: "kept", ended: false },
  ]);
  const triggers = await database.query<{ trigger: string }>(
    "select distinct trigger from executions where job_name = 'cleanup-sessions' order by 1",
  );
  assert.deepEqual(
    triggers.map(({ trigger }) => trigger),
    ["manual", "schedule"],
  );
  assert.equal((await findJob(database, "broken"))?.lastStatus, "failed");

  for (let run = 0; run < 2; run += 1) {
    const { id } = await triggerByHand(database, "long");
    await events.next("run_started", ({ executionId }) => executionId === id);
    await requestCancel(database, { id, by: "test", reason: "cancel_requested" });
    const ended = await events.next("run_finished", ({ executionId }) => executionId === id);
    assert.equal(ended.status, "cancelled");
  }
});

async function insertSession(
  database: Database,
  { id, hours }: { id: string; hours: number },
): Promise<void> {
  await database.query(
    `insert into user_sessions (session_id, last_activity_at)
     values ($1, clock_timestamp() - $2::float8 * interval '1 hour')`,
    [id, hours],
  );
}
