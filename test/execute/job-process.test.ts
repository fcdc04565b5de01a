import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { JobProcess } from "../../src/execute/job-process.ts";
import type { ProcessOutcome, StopReason } from "../../src/execute/launcher-messages.ts";

interface Watched {
  job: JobProcess;
  pid: number;
  ended: Promise<ProcessOutcome>;
}

/** A job that SIGTERM does not end, in this process, which stands in for the launcher. */
async function start(): Promise<Watched> {
  const { promise: ended, resolve: end } = Promise.withResolvers<ProcessOutcome>();
  const { promise: up, resolve: wrote } = Promise.withResolvers<void>();
  const job = new JobProcess(
    {
      executionId: randomUUID(),
      file: "/bin/sh",
      args: ["-c", "trap '' TERM; echo up; exec sleep 300"],
      env: { PATH: "/usr/bin:/bin" },
      cwd: "/",
      ipc: false,
      timeoutMs: null,
      graceMs: 10_000,
      memoryBytes: 1e9,
      outputBytes: 65_536,
    },
    {
      started: () => undefined,
      output: () => wrote(),
      message: () => undefined,
      ended: end,
    },
  );
  job.start();
  assert.ok(job.pid !== null);
  await up;
  return { job, pid: job.pid, ended };
}

/** Lets time pass for timers and for `performance.now` at once. */
function passing(t: TestContext): (ms: number) => void {
  const now = performance.now.bind(performance);
  let aheadMs = 0;
  t.mock.method(performance, "now", () => now() + aheadMs);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  return (ms) => {
    aheadMs += ms;
    t.mock.timers.tick(ms);
  };
}

/** Makes SIGKILL as weak as it is against a process that waits for a dead disk; gives what ends it. */
function weakenSigkill(t: TestContext, pid: number): () => void {
  const kill = process.kill.bind(process);
  t.mock.method(process, "kill", (target: number, signal?: string | number) =>
    signal === "SIGKILL" ? true : kill(target, signal),
  );
  return () => void kill(pid, "SIGKILL");
}

for (const reason of [
  "lease_lost",
  "finished",
  "cancel_requested",
] as const satisfies StopReason[]) {
  test(`a process that SIGKILL does not end is named, and its run ends: ${reason}`, async (t) => {
    const { job, pid, ended } = await start();
    t.after(weakenSigkill(t, pid));
    const pass = passing(t);
    let outcome: ProcessOutcome | null = null;
    void ended.then((told) => (outcome = told));
    job.stop(reason);
    while (outcome === null) {
      pass(1_000);
      await turn();
    }
    assert.equal((await ended).error, `processes could not be killed: ${pid}`);
  });
}

test("a launcher that was stopped itself does not take a dead process for one that lives", async (t) => {
  const { job, pid, ended } = await start();
  const pass = passing(t);
  job.stop("lease_lost");
  while (readFileSync(`/proc/${pid}/stat`, "latin1").split(" ")[2] !== "Z");
  pass(60_000);
  t.mock.timers.reset();
  const { error, signal } = await ended;
  assert.deepEqual([error, signal], [null, "SIGKILL"]);
});
