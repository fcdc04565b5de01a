import assert from "node:assert/strict";
import { readdir, readlink } from "node:fs/promises";
import { test } from "node:test";
import { findExecution } from "../../src/store/executions.ts";
import { startUp } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";
import { triggerByHand } from "../helpers/runs.ts";

/**
 * It looks through /proc, as any program of the same user may, and kills what works in its folder: all
 * at once, since a scheduler that sees its launcher killed ends the killer.
 */
const KILL_ALL = `pids=
      for process in /proc/[0-9]*; do
        pid=\${process#/proc/}
        [ "$pid" = $$ ] || [ "$(readlink $process/cwd)" != "$PWD" ] || pids="$pids $pid"
      done
      kill -9 $pids
      sleep 300`;

const CONFIG = `project: kills
jobs:
  beside: {schedule: "0 0 1 1 *", command: [sh, -c, "setsid sleep 300 & sleep 300"]}
  steady: {schedule: {every: 1s}, command: ["true"]}
  killer:
    schedule: "0 0 1 1 *"
    command: |
      ${KILL_ALL}
`;

/** The processes that work in a folder: the scheduler, its launcher and their jobs. */
async function workingIn(folder: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    const place = await readlink(`/proc/${name}/cwd`).catch(() => "");
    if (place === folder) found.push(Number(name));
  }
  return found;
}

test("a job that kills the scheduler, the launcher and the jobs beside it: the next start tells", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const first = startUp(t, options);
  await first.line((line) => line["event"] === "applied");
  const beside = await triggerByHand(database, "beside");
  await first.line((line) => line["execution_id"] === beside.id);
  const killer = await triggerByHand(database, "killer");
  assert.equal(await first.ended, null, "the scheduler was killed");

  const second = startUp(t, options);
  await second.line((line) => line["event"] === "run_finished" && line["job_name"] === "steady");
  for (const { id } of [beside, killer]) {
    const row = await findExecution(database, id);
    assert.equal(row?.status, "abandoned");
    // Where the launcher died first, the scheduler may have had the time to say that.
    assert.ok(["node_died", "launcher_died"].includes(row?.reason ?? ""), String(row?.reason));
  }
  second.kill("SIGTERM");
  assert.equal(await second.ended, 0);
  assert.deepEqual(await workingIn(project.root), []);
});
