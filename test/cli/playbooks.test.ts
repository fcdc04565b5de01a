import assert from "node:assert/strict";
import { test } from "node:test";
import { cli } from "../helpers/cli.ts";
import { testProject } from "../helpers/project.ts";

test("a playbook holds every command about jobs, with its options and its output", async (t) => {
  const { root: cwd } = await testProject(t, "jobs: {}\n");
  const { code, stdout } = await cli(["infra", "playbooks", "show", "cli-jobs"], { cwd });
  assert.equal(code, 0);
  const commands = "list show run history enable disable cleanup-sessions log-cleanup".split(" ");
  for (const command of commands) assert.match(stdout, new RegExp(`^### jobs ${command}$`, "m"));
  assert.match(stdout, /`-p, --param <key=value>`/);
  assert.match(stdout, /title `Job Execution Results`; `data`: `jobs_run\[\]\{job_name, status,/);
  assert.match(stdout, /one of `none`, `failed`, `all`; default `none`/);
});

test("an unknown playbook is refused with those that there are", async (t) => {
  const { root: cwd } = await testProject(t, "jobs: {}\n");
  const { code, stdout, stderr } = await cli(["playbooks", "show", "job"], { cwd });
  assert.deepEqual([code, stdout], [64, ""]);
  assert.match(stderr, /there is no playbook 'job'\nhelp: the playbooks are: cli_jobs\n$/);
});
