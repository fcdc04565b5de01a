import assert from "node:assert/strict";
import { test } from "node:test";
import { readHistory } from "../../src/store/history.ts";
import { column } from "../helpers/builtins.ts";
import { testDatabase } from "../helpers/database.ts";
import { startTestScheduler, testProject } from "../helpers/project.ts";

test("the parameters and the enforce of the file reach the runs of its schedule", async (t) => {
  const { database, url } = await testDatabase(t);
  await database.query(
    `insert into user_sessions (session_id, last_activity_at)
     values ('two', now() - interval '2 hours'), ('six', now() - interval '6 hours')`,
  );
  await database.query(
    `insert into user_contexts (context_id, user_id, name, created_at)
     values ('two', 'u', '', now() - interval '2 hours'), ('six', 'u', '', now() - interval '6 hours')`,
  );
  const project = await testProject(
    t,
    `project: parameters
jobs:
  cleanup_inactive_sessions: {schedule: {every: 1s}, parameters: {inactive_hours: 5}}
  cleanup-empty-contexts: {schedule: {every: 1s}, retention_hours: 5, enforce: true}
`,
  );
  const { events, stop } = await startTestScheduler(t, project, url);
  await events.next("run_finished", ({ jobName }) => jobName === "cleanup_inactive_sessions");
  await events.next("run_finished", ({ jobName }) => jobName === "cleanup-empty-contexts");
  await stop();
  const open = "select session_id from user_sessions where ended_at is null";
  assert.deepEqual(await column(database, open), ["two"]);
  assert.deepEqual(await column(database, "select context_id from user_contexts"), ["two"]);
  const { entries } = await readHistory(database, { jobId: null, states: ["success"], limit: 99 });
  assert.ok(entries.some(({ message }) => message === "Deleted 1 empty context"));
  assert.ok(entries.every(({ trigger }) => trigger === "schedule"));
});
