import assert from "node:assert/strict";
import { test } from "node:test";
import { cli } from "../helpers/cli.ts";
import type { CliResult } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { plugin, testProject } from "../helpers/project.ts";
import { OUTPUT_SCHEMAS, parseOutput } from "./output-schemas.ts";

const CONFIG = `timezone: Europe/Paris
jobs:
  cleanup-sessions: {schedule: "0 2 * * *", retention_hours: 24}
  greet:
    description: Says hello
    schedule: "0 */15 * * * *"
    parameters: {name: world, api_token: hush}
  fails: {schedule: {every: 1h}, command: "echo no >&2; exit 3"}
  asks: {http: {url: "http://127.0.0.1:1/x", headers: {Authorization: {env: TOKEN}}}}
  once: {schedule: {at: "2099-01-01T00:00:00Z"}, command: ["true"], enabled: false}
`;

const seen = new Set<string>();

/** Checks the one document that a command prints, and that it prints nothing else. */
function read(name: string, result: CliResult, code = 0): Record<string, unknown> {
  assert.equal(result.code, code, result.stderr);
  assert.equal(result.stderr, "");
  seen.add(name);
  return parseOutput(name, result.stdout).data;
}

test("every command keeps to the schema of its output", async (t) => {
  const { url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  await project.write("plugins/greet.ts", plugin("console.log('hi'); return {n: 1};"));
  await project.write("plugins/spare.ts", plugin("return;"));
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const run = (line: string) => cli(["--json", ...line.split(" ")], options);

  assert.equal(read("check", await run("check"))["jobs"], 5);
  const before = read("jobs-list", await run("jobs list"));
  assert.equal(before["total"], 7, "what is available counts too");
  read("jobs-show", await run("jobs show greet"));
  read("jobs-show", await run("jobs show spare"));
  read("plan", await run("plan --detailed-exitcode"), 2);
  assert.equal(read("apply", await run("apply"))["changed"], true);
  assert.equal(read("apply", await run("apply"))["changed"], false);
  read("jobs-list", await run("jobs list"));
  const ran = read("jobs-run", await run("jobs run greet fails spare"), 1);
  assert.deepEqual([ran["total"], ran["succeeded"], ran["failed"]], [3, 2, 1]);
  read("jobs-history", await run("jobs history"));
  const shown = read("jobs-show", await run("jobs show greet"));
  assert.deepEqual(shown["parameters"], { name: "world", api_token: "***" });
  read("jobs-disable", await run("jobs disable greet --reason tests"));
  read("jobs-show", await run("jobs show greet"));
  read("plan", await run("plan --detailed-exitcode"));
  read("jobs-enable", await run("jobs enable greet"));
  read("jobs-next", await run("jobs next -n 3"));
  read("jobs-versions", await run("jobs versions greet"));
  read("jobs-cleanup-sessions", await run("jobs cleanup-sessions --hours 2 --dry-run"));
  read("jobs-cleanup-sessions", await run("jobs cleanup-sessions"));
  read("jobs-log-cleanup", await run("jobs log-cleanup --days 7 --dry-run"));
  read("jobs-log-cleanup", await run("jobs log-cleanup"));
  assert.ok(Number(read("logs-view", await run("logs view --level info"))["total"]) > 0);
  assert.equal(read("logs-search", await run("logs search HI --job greet"))["total"], 1);
  read("revisions-list", await run("revisions list"));
  assert.equal(read("revisions-show", await run("revisions show 1"))["source"], CONFIG);
  read("revisions-diff", await run("revisions diff 1"));
  read("blame", await run("blame greet"));
  read("schema", await run("schema"));
  read("init", await run("init another"));
  read("status", await run("status"), 1);
  const history = parseOutput("jobs-history", (await run("jobs history -n 1")).stdout);
  const [entry] = history.data["entries"] as { execution_id: string }[];
  read("jobs-cancel", await run(`jobs cancel ${entry?.execution_id}`));

  seen.add("error");
  assert.deepEqual([...seen].sort(), [...OUTPUT_SCHEMAS].sort(), "each schema has its command");
});

test("the seed's fields have the seed's names and values", async (t) => {
  const { url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  await project.write("plugins/greet.ts", plugin("return;"));
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const run = async (line: string) =>
    JSON.parse((await cli(["--json", "infra", ...line.split(" ")], options)).stdout);
  await run("apply");
  const results = await run("jobs run greet");
  assert.equal(results.artifact_type, "table");
  assert.equal(results.title, "Job Execution Results");
  const { job_name, status, result } = results.data.jobs_run[0];
  assert.deepEqual([job_name, status, result.success], ["greet", "success", true]);
  const { title, data } = await run("jobs show greet");
  assert.equal(title, "Job: greet");
  assert.equal(data.schedule, "0 */15 * * * *");
  assert.equal(data.schedule_human, "Every 15 minutes");
  assert.deepEqual([data.last_status, data.last_error, data.run_count], ["success", null, 1]);
  assert.match(data.next_run, /^20\d\d-\d\d-\d\dT\d\d:(00|15|30|45):00\.000Z$/);
  const disabled = await run("jobs disable greet");
  assert.equal(disabled.title, "Job Disabled");
  assert.equal(disabled.data.message, "Job 'greet' has been disabled");
  const preview = await run("jobs cleanup-sessions --dry-run");
  assert.equal(preview.title, "Session Cleanup (Dry Run)");
  assert.deepEqual(
    [preview.data.job_name, preview.data.hours_threshold, preview.data.message],
    ["session_cleanup", 24, "DRY RUN: Would clean up 0 inactive session(s) older than 24 hour(s)"],
  );
});
