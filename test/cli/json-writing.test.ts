import assert from "node:assert/strict";
import { test } from "node:test";
import { readHistory } from "../../src/store/history.ts";
import { jsonProject, read } from "./json-project.ts";
import { WRITING } from "./output-schemas.ts";

test("what writes keeps to the schema of its output, and to the words of the seeds", async (t) => {
  const { run, database } = await jsonProject(t);
  const seen = new Set<string>();
  const write = async (name: string, line: string, code?: number) => {
    seen.add(name);
    return read(name, await run(line), code);
  };
  assert.equal((await write("apply", "apply")).data["changed"], true);
  assert.equal((await write("apply", "apply")).data["changed"], false);

  const ran = await write("jobs-run", "infra jobs run greet fails spare", 1);
  assert.deepEqual([ran.artifact_type, ran.title], ["table", "Job Execution Results"]);
  const { total, succeeded, failed, jobs_run: runs } = ran.data;
  assert.deepEqual([total, succeeded, failed], [3, 2, 1]);
  const [greet] = runs as { job_name: string; status: string; result: { success: boolean } }[];
  assert.deepEqual(
    [greet?.job_name, greet?.status, greet?.result.success],
    ["greet", "success", true],
  );
  const { title, data: shown } = read("jobs-show", await run("jobs show greet"));
  assert.equal(title, "Job: greet");
  assert.equal(shown["schedule"], "0 */15 * * * *");
  assert.equal(shown["schedule_human"], "Every 15 minutes");
  assert.deepEqual(
    [shown["last_status"], shown["last_error"], shown["run_count"]],
    ["success", null, 1],
  );
  assert.match(String(shown["next_run"]), /^20\d\d-\d\d-\d\dT\d\d:(00|15|30|45):00\.000Z$/);

  const disabled = await write("jobs-disable", "jobs disable greet --reason tests");
  assert.equal(disabled.title, "Job Disabled");
  assert.equal(disabled.data["message"], "Job 'greet' has been disabled");
  await write("jobs-enable", "jobs enable greet");

  const preview = await write("jobs-cleanup-sessions", "jobs cleanup-sessions --dry-run");
  assert.equal(preview.title, "Session Cleanup (Dry Run)");
  const { job_name: name, hours_threshold: hours, message } = preview.data;
  assert.deepEqual(
    [name, hours, message],
    ["session_cleanup", 24, "DRY RUN: Would clean up 0 inactive session(s) older than 24 hour(s)"],
  );
  await write("jobs-cleanup-sessions", "jobs cleanup-sessions --hours 2");
  await write("jobs-log-cleanup", "jobs log-cleanup --days 7 --dry-run");
  await write("jobs-log-cleanup", "jobs log-cleanup");
  await write("logs-cleanup", "logs cleanup --older-than 1d");
  await write("init", "init another");
  const stretch = "--from 2026-01-01 --to 2026-01-02";
  const filled = await write("backfill", `backfill cleanup-sessions ${stretch}`);
  assert.equal(filled.data["due_total"], 1);
  const ended = await write("jobs-cancel", `jobs cancel ${String(filled.data["backfill_id"])}`);
  assert.equal(ended.data["state"], "cancelled");

  const { entries } = await readHistory(database, { jobId: null, states: ["failed"], limit: 1 });
  await write("jobs-cancel", `jobs cancel ${entries[0]?.id}`);
  assert.deepEqual([...seen].sort(), [...WRITING].sort());
});
