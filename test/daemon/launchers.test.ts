import assert from "node:assert/strict";
import { test } from "node:test";
import { Launchers } from "../../src/daemon/launchers.ts";
import type { SchedulerEvent } from "../../src/views/event.ts";

const nodeId = () => "launchers-test";

test("a launcher that could not be started is tried again by the next run", async (t) => {
  const { execPath } = process;
  t.after(() => {
    process.execPath = execPath;
  });
  process.execPath = "/bin/false";
  await using launchers = new Launchers({ nodeId, emit: () => undefined });
  await assert.rejects(launchers.current(), { code: "io" });
  process.execPath = execPath;
  assert.ok((await launchers.current()).pid > 0);
});

test("a launcher that dies has a successor, and is told of", async () => {
  const told = Promise.withResolvers<SchedulerEvent>();
  await using launchers = new Launchers({ nodeId, emit: told.resolve });
  const first = await launchers.current();
  process.kill(first.pid, "SIGKILL");
  assert.equal((await told.promise).type, "problem");
  await launchers.recovered();
  assert.notEqual((await launchers.current()).pid, first.pid);
});
