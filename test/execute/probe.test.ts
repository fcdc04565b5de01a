import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { processStartTime } from "../../src/execute/probe.ts";
import { findTaggedProcesses } from "../../src/execute/process-table.ts";
import { signalGroup, signalProcess } from "../../src/execute/signals.ts";
import { sweepTagged } from "../../src/execute/sweep.ts";

test("the start time tells a process from a later one of the same pid", async (t) => {
  const child = spawn("sleep", ["30"]);
  t.after(() => child.kill());
  const first = await processStartTime(child.pid ?? 0);
  assert.notEqual(first, null);
  assert.equal(await processStartTime(child.pid ?? 0), first);
  assert.notEqual(await processStartTime(process.pid), null);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(await processStartTime(child.pid ?? 0), null);
  for (const pid of [0, -1, 1.5, Number.NaN]) assert.equal(await processStartTime(pid), null);
});

test("tagged processes are found and swept, wherever they went", async () => {
  const tag = { name: "CRONVERGE_NODE", value: randomUUID() };
  const env = { PATH: process.env.PATH ?? "", [tag.name]: tag.value };
  const child = spawn("sh", ["-c", "setsid sleep 300 & echo up; sleep 300"], { env });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  assert.ok((await findTaggedProcesses([tag])).length >= 2);
  const prefix = { name: tag.name, value: tag.value.slice(0, 8) };
  assert.deepEqual(await findTaggedProcesses([prefix]), []);
  const { killed } = await sweepTagged(tag);
  assert.ok(killed.length > 0);
  // It shares our group, which was spared: it was killed alone, or ended when its child was.
  await ended;
  assert.deepEqual(await findTaggedProcesses([tag]), []);
});

test("pids that mean more than one process are never signalled", () => {
  for (const pid of [0, 1, -1, -process.pid, process.pid, Number.NaN]) {
    assert.equal(signalProcess(pid, "SIGKILL"), false);
    assert.equal(signalGroup(pid, 0), false);
  }
});
