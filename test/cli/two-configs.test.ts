import assert from "node:assert/strict";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { cli } from "../helpers/cli.ts";
import { testProject } from "../helpers/project.ts";

test("a second config in one checkout gets no hold of the first one's schedule", async (t) => {
  const project = await testProject(t, "jobs:\n  ping: {command: [echo, first]}\n");
  await mkdir(join(project.root, ".git"));
  await project.write("second.yaml", "jobs:\n  ping: {command: [echo, second]}\n");
  const second = ["-c", join("services", "scheduler", "second.yaml")];
  const run = async (args: string[]): Promise<{ code: number | null; stderr: string }> =>
    cli(args, { cwd: project.root });
  assert.equal((await run(["apply"])).code, 0);
  const refused = [["apply"], ["jobs", "list"]].map((command) => run([...second, ...command]));
  for (const { code, stderr } of await Promise.all(refused)) {
    assert.equal(code, 1, stderr);
    assert.match(stderr, /holds the schedule of .*services\/scheduler\/config\.yaml/);
    assert.match(stderr, /help: .*--state-dir FOLDER/);
  }
  const apart = await run([...second, "--state-dir", join(project.root, "other"), "apply"]);
  assert.equal(apart.code, 0, apart.stderr);
  // A file that was moved keeps what it declared.
  await rename(project.configFile, join(project.root, "services/scheduler/third.yaml"));
  const moved = await run(["-c", "services/scheduler/third.yaml", "plan", "--detailed-exitcode"]);
  assert.equal(moved.code, 0, moved.stderr);
});
