import assert from "node:assert/strict";
import { test } from "node:test";
import { hostname } from "node:os";
import { overrideJob } from "../../src/store/overrides.ts";
import { anomaliesText, checkHistory } from "../../tools/history/checker.ts";
import { readCheckedJobs, readHistoryRows } from "../../tools/history/read.ts";
import { startTestScheduler } from "../helpers/project.ts";
import { ledgerProject } from "./ledger-project.ts";

test("what a scheduler did is explained as it was, and its history is without anomaly", async (t) => {
  const { database, url, project, apply, explain, why } = await ledgerProject(t);
  const every = "schedule: '* * * * * *'";
  await apply(
    `  slow: {${every}, command: "sleep 2.3"}`,
    `  flaky: {schedule: "*/2 * * * * *", spread: 2s, command: "exit 3", retry: {attempts: 2, backoff: {initial: 100ms}}, overlap: queue_all}`,
  );
  const { events, stop } = await startTestScheduler(t, project, url);
  await events.next("run_finished", ({ jobName }) => jobName === "slow");
  assert.match((await why("slow")).text, /^slow (is running|does not run yet|runs)/);
  await overrideJob(database, "slow", { enabled: false, by: "bob", reason: "enough" });
  await overrideJob(database, "flaky", { enabled: false, by: "bob", reason: "enough" });
  await stop();

  const rows = await readHistoryRows(database);
  const anomalies = checkHistory(rows, { jobs: await readCheckedJobs(database), open: false });
  assert.equal(anomaliesText(anomalies), "");
  const ran = rows.find(({ job_name, status }) => job_name === "slow" && status === "success");
  const skipped = rows.find(({ reason }) => reason === "overlap");
  assert.ok(ran?.scheduled_for && skipped?.scheduled_for);
  const success = await explain("slow", ran.scheduled_for);
  assert.equal(success.data.outcome, "success");
  assert.equal(success.data.execution?.node?.host, hostname());
  assert.equal(success.data.execution?.revision?.id, 1);
  const overlap = await explain("slow", skipped.scheduled_for);
  assert.equal(overlap.data.other_execution?.job_name, "slow");
  assert.match(overlap.text, /In its way was execution \S+ \(due .*\), which ran from/);

  const failed = rows.find(({ job_name, status }) => job_name === "flaky" && status === "failed");
  assert.ok(failed?.scheduled_for);
  const { data, text } = await explain("flaky", failed.scheduled_for);
  assert.equal(data.due_at, failed.due_at);
  assert.deepEqual(
    data.execution?.failed_attempts.map(({ exit_code }) => exit_code),
    [3],
  );
  assert.match(
    text,
    /failed after 2 attempts: its process ended with a code other than 0 \(it was 3\)/,
  );
  const after = new Date(Date.now() + 3_600_000).toISOString();
  assert.match((await explain("slow", after)).text, /bob disabled it on .*: enough\./);
});
