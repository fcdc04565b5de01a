import assert from "node:assert/strict";
import { test } from "node:test";
import { findTaggedProcesses } from "../../src/execute/process-table.ts";
import { findExecution } from "../../src/store/executions.ts";
import { testDatabase } from "../helpers/database.ts";
import { plugin, startTestScheduler, testProject } from "../helpers/project.ts";
import { triggerByHand } from "../helpers/runs.ts";

const CONFIG = `project: kills
jobs:
  beside: {schedule: "0 0 1 1 *", command: "trap '' TERM; setsid sleep 300 & while :; do sleep 0.05; done"}
  killer: {schedule: "0 0 1 1 *"}
  after: {schedule: "0 0 1 1 *"}
`;

test("a job that kills the launcher: what ran says so, is gone, and the next run has a new one", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  await project.write(
    "plugins/killer.ts",
    plugin(`process.kill(process.ppid, "SIGKILL"); for (;;);`),
  );
  await project.write("plugins/after.ts", plugin(`return "goes on";`));
  const { scheduler, events } = await startTestScheduler(t, project, url);
  await events.next("applied");
  const beside = await triggerByHand(database, "beside");
  await events.next("run_started", ({ executionId }) => executionId === beside.id);
  const killer = await triggerByHand(database, "killer");
  const ended = [await events.next("run_finished"), await events.next("run_finished")];

  assert.deepEqual(
    new Set(ended.map(({ executionId }) => executionId)),
    new Set([beside.id, killer.id]),
  );
  for (const { id } of [beside, killer]) {
    const row = await findExecution(database, id);
    assert.deepEqual([row?.status, row?.reason], ["abandoned", "launcher_died"]);
  }
  const tag = { name: "CRONVERGE_NODE", value: scheduler.nodeId };
  assert.deepEqual(
    await findTaggedProcesses([tag]),
    [],
    "nothing of them may run beside a successor",
  );
  const after = await triggerByHand(database, "after");
  await events.next("run_finished", ({ executionId }) => executionId === after.id);
  assert.equal((await findExecution(database, after.id))?.result, "goes on");
});
