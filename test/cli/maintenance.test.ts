import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { cli } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyProject, plugin, testProject } from "../helpers/project.ts";
import { read } from "./json-project.ts";

const EXAMPLE = new URL("../../services/scheduler/config.yaml", import.meta.url);

test("the maintenance jobs of the seeds can be asked for in a project that does not declare them", async (t) => {
  const { url, database } = await testDatabase(t);
  const project = await testProject(t, await readFile(EXAMPLE, "utf8"));
  await project.write("plugins/hello.ts", plugin("return;"));
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const type = (line: string) => cli(line.split(" "), options);
  const json = (line: string) => type(`--json ${line}`);
  await database.query(
    `insert into user_sessions (session_id, last_activity_at)
     values ('old', now() - interval '25 hours'), ('two', now() - interval '2 hours'), ('new', now())`,
  );
  await database.query(
    `insert into user_contexts (context_id, user_id, name, created_at)
     values ('c', 'u', 'empty', now() - interval '2 days')`,
  );
  await applyProject(database, project);

  const [list, shown, enabled, disabled, preview] = await Promise.all([
    json("jobs list"),
    json("jobs show database_cleanup"),
    type("jobs enable behavioral_analysis"),
    json("jobs disable behavioral-analysis"),
    json("jobs cleanup-sessions --hours 1 --dry-run"),
  ]);
  const { jobs } = read("jobs-list", list).data as { jobs: Record<string, unknown>[] };
  const available = jobs.filter(({ registration }) => registration === "available");
  assert.deepEqual(
    available.map(({ name }) => name),
    [
      "cleanup_inactive_sessions",
      "cleanup_empty_contexts",
      "database_cleanup",
      "behavioral_analysis",
      "malicious_ip_blacklist",
    ],
  );
  assert.ok(available.every(({ description }) => description !== ""));
  assert.equal(
    read("jobs-show", shown).data["runs"],
    "built-in database_cleanup, enforce: false, it only tells what it would do",
  );
  assert.equal(enabled.code, 1);
  assert.match(
    enabled.stderr,
    /No job declares the built-in 'behavioral_analysis', and only the config file schedules/,
  );
  assert.match(enabled.stderr, /write `behavioral_analysis: \{schedule: "0 0 \* \* \* \*"\}`/);
  assert.equal(
    read("jobs-disable", disabled).data["message"],
    "Job 'behavioral_analysis' is not scheduled: no job declares it",
  );
  assert.equal(read("jobs-cleanup-sessions", preview).data["would_clean"], 2);

  const names = "cleanup_inactive_sessions cleanup_empty_contexts database_cleanup";
  const ran = read("jobs-run", await json(`jobs run ${names} behavioral_analysis`));
  const { jobs_run: runs } = ran.data as { jobs_run: { job_name: string; result: unknown }[] };
  assert.deepEqual(
    runs.map(({ job_name: name, result }) => [name, result]),
    [
      ["cleanup_inactive_sessions", result("Cleaned up 2 inactive session(s)", 2)],
      [
        "cleanup_empty_contexts",
        result("Would delete 1 empty context; nothing was written (enforce: false)", 0),
      ],
      ["database_cleanup", result("Found nothing to do; nothing was written (enforce: false)", 0)],
      [
        "behavioral_analysis",
        result(
          "Looked at 0 clients: would flag 0, would ban 0 addresses, would remove 0 expired bans; " +
            "nothing was written (enforce: false)",
          0,
        ),
      ],
    ],
  );
});

test("cleanup-sessions is the declared job by its other name, where its tables are", async (t) => {
  const { url, database } = await testDatabase(t);
  const app = await testDatabase(t);
  await app.database.query(
    `create table public.user_sessions (session_id text, last_activity_at timestamptz, ended_at timestamptz)`,
  );
  await app.database.query(
    `insert into public.user_sessions values ('four', now() - interval '4 hours', null),
       ('two', now() - interval '2 hours', null)`,
  );
  const project = await testProject(
    t,
    `project: other
database: {connections: {app: {env: APP}}}
jobs:
  cleanup-inactive-sessions: {database: app, parameters: {inactive_hours: 3}}
`,
  );
  await applyProject(database, project);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url, APP: app.url } };
  const type = (line: string) => cli(["--json", "jobs", ...line.split(" ")], options);
  const name = "jobs-cleanup-sessions";
  const preview = read(name, await type("cleanup-sessions --dry-run")).data;
  assert.deepEqual([preview["hours_threshold"], preview["would_clean"]], [3, 1]);
  const done = read(name, await type("cleanup-sessions")).data;
  assert.deepEqual(
    [done["job_name"], done["sessions_cleaned"], done["message"]],
    ["session_cleanup", 1, "Cleaned up 1 inactive session(s)"],
  );
  const [ran] = await database.query("select job_name as name, parameters from executions");
  assert.deepEqual(ran, { name: "cleanup-inactive-sessions", parameters: { inactive_hours: 3 } });
});

function result(message: string, processed: number): unknown {
  return { success: true, message, items_processed: processed, items_failed: 0 };
}
