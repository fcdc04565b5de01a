import assert from "node:assert/strict";
import { hostname } from "node:os";
import { test } from "node:test";
import { processIdentity } from "../../src/daemon/process-identity.ts";
import { emptyDatabase, moveSchedule } from "../helpers/archive-move.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyProject, startTestScheduler, testProject } from "../helpers/project.ts";

const CONFIG = `project: moved
jobs:
  missed: {schedule: {every: 1h}, command: ["true"]}
  cut: {schedule: "0 0 1 1 *", command: ["true"], retry: {attempts: 2, backoff: {initial: 100ms}}}
  rests: {schedule: {every: 1h}, command: ["true"]}
`;

test("a schedule that was moved goes on where it stood", async (t) => {
  const { database: from } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  await applyProject(from, project);
  await from.query(
    `update scheduled_jobs set enabled = false, override_enabled = false, override_by = 'me',
            override_at = clock_timestamp() where job_name = 'rests'`,
  );
  await from.query(
    "update job_clock set next_run = null, next_effective = null where job_id = $1",
    [await idOf("rests")],
  );
  // Due while the schedule was on its way.
  await from.query(
    `update job_clock set next_run = next_run - interval '90 minutes',
            next_effective = next_effective - interval '90 minutes', anchor = anchor - interval '90 minutes'
      where job_id = $1`,
    [await idOf("missed")],
  );
  await leaveRunning();
  const { database, url } = await emptyDatabase(t);
  await moveSchedule(t, { from, to: database });

  const { events, stop } = await startTestScheduler(t, project, url);
  const ended = new Set<string>();
  while (ended.size < 2) {
    const { jobName, status } = await events.next("run_finished");
    if (status === "success") ended.add(jobName);
  }
  await stop();
  const rows = await database.query(
    `select job_name as name, trigger, status, attempt, reason, errors -> 0 ->> 'reason' as first
       from executions where status <> 'skipped' order by job_name`,
  );
  assert.deepEqual(rows, [
    {
      name: "cut",
      trigger: "manual",
      status: "success",
      attempt: 2,
      reason: null,
      first: "node_died",
    },
    {
      name: "missed",
      trigger: "catchup",
      status: "success",
      attempt: 1,
      reason: null,
      first: null,
    },
  ]);
  const [rests] = await database.query<{ by: string; next: Date | null }>(
    "select override_by as by, j.next_run as next from scheduled_jobs j where job_name = 'rests'",
  );
  assert.deepEqual(rests, { by: "me", next: null });
  assert.equal(
    (await database.query("select from config_revisions")).length,
    1,
    "no other revision",
  );

  async function idOf(name: string): Promise<string> {
    const [job] = await from.query<{ id: string }>(
      "select id from scheduled_jobs where job_name = $1",
      [name],
    );
    return job?.id ?? "";
  }

  /** A run of a node of this host that was killed, which nobody has seen yet. */
  async function leaveRunning(): Promise<void> {
    const own = (await processIdentity(process.pid)) ?? "";
    const gone = own.replace(/:\d+@/, ":1@");
    await from.query(
      `insert into nodes (id, host, pid, process_start, version, concurrency, lease_until)
       values ('gone', $1, 4194304, $2, '0.1.0', 4, clock_timestamp() + interval '1 hour')`,
      [hostname(), gone],
    );
    await from.query(
      `insert into executions (id, job_id, job_name, trigger, available_at, status, fence, node_id,
              started_at, attempt, max_attempts, exclusive_key, holds_key, trace_id)
       select 'left', id, 'cut', 'manual', clock_timestamp(), 'running', nextval('fence_seq'), 'gone',
              clock_timestamp(), 1, 2, id, true, 'left' from scheduled_jobs where job_name = 'cut'`,
    );
  }
});
