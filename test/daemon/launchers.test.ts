import assert from "node:assert/strict";
import { test } from "node:test";
import { monotonicMs, type Launcher } from "../../src/execute/launcher-client.ts";
import { Launchers } from "../../src/daemon/launchers.ts";
import type { SchedulerEvent } from "../../src/views/event.ts";
import { shellSpec } from "../execute/attempt.ts";

const nodeId = () => "launchers-test";
const runsUntilMs = () => null;

test("a launcher that could not be started is tried again by the next run", async (t) => {
  const { execPath } = process;
  t.after(() => {
    process.execPath = execPath;
  });
  process.execPath = "/bin/false";
  await using launchers = new Launchers({ nodeId, runsUntilMs, emit: () => undefined });
  await assert.rejects(launchers.current(), { code: "io" });
  process.execPath = execPath;
  assert.ok((await launchers.current()).pid > 0);
});

test("a launcher that dies has a successor, and is told of", async () => {
  const told = Promise.withResolvers<SchedulerEvent>();
  await using launchers = new Launchers({ nodeId, runsUntilMs, emit: told.resolve });
  const first = await launchers.current();
  process.kill(first.pid, "SIGKILL");
  assert.equal((await told.promise).type, "problem");
  await launchers.recovered();
  assert.notEqual((await launchers.current()).pid, first.pid);
});

test("no launcher runs anything without the deadline of the lease, not even a successor", async () => {
  const told = Promise.withResolvers<SchedulerEvent>();
  const untilMs = monotonicMs() + 60_000;
  let endsMs = untilMs;
  await using launchers = new Launchers({
    nodeId,
    runsUntilMs: () => endsMs,
    emit: told.resolve,
  });
  const first = await launchers.current();
  assert.equal(await endingOf(first, "echo fine"), "exited");
  // The lease is over, and no renewal will come that tells the successor so.
  endsMs = monotonicMs() - 1;
  process.kill(first.pid, "SIGKILL");
  await told.promise;
  assert.equal(await endingOf(await launchers.current(), "sleep 600"), "lease_lost");
  endsMs = untilMs;
  await launchers.extendDeadline();
  assert.equal(await endingOf(await launchers.current(), "echo fine"), "exited");
});

async function endingOf(launcher: Launcher, script: string): Promise<string> {
  const spec = shellSpec(script);
  const ignore = () => undefined;
  const events = { onStarted: ignore, onOutput: ignore, onMessage: ignore };
  return (await launcher.launch(spec, events)).ending;
}
