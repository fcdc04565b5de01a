import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Launcher } from "../../src/execute/launcher-client.ts";
import { givenBetween } from "../../src/execute/pid-mark.ts";
import { sweepTagged } from "../../src/execute/sweep.ts";
import { proveStops } from "../../tools/prove/stops.ts";
import { launcherFor, scratch, taggedWith } from "./attempt.ts";

/** Stops a job when it first writes a line, and looks five times for what is left of it. */
async function leftOf(launcher: Launcher, script: string): Promise<Set<number>> {
  const executionId = randomUUID();
  const spec = {
    executionId,
    file: "/bin/sh",
    args: ["-c", script],
    env: { PATH: process.env["PATH"] ?? "" },
    cwd: "/",
    ipc: false,
    timeoutMs: 20_000,
    graceMs: 50,
    memoryBytes: 1e9,
    outputBytes: 65_536,
  };
  const { ending, error } = await launcher.launch(spec, {
    onStarted: () => undefined,
    onOutput: () => launcher.cancel(executionId, "cancel_requested"),
    onMessage: () => undefined,
  });
  assert.deepEqual([ending, error], ["cancelled", null]);
  const left = new Set<number>();
  for (let look = 0; look < 5; look += 1) {
    for (const pid of await taggedWith(executionId)) left.add(pid);
  }
  // What a failing test found must not go on.
  await sweepTagged({ name: "CRONVERGE_EXECUTION_ID", value: executionId });
  return left;
}

test("a job that goes on forking while it is stopped leaves nothing", async (t) => {
  const [launcher, folder] = [await launcherFor(t), await scratch(t)];
  const hop = join(folder, "hop.sh");
  await writeFile(hop, `sleep 0.005; setsid sh ${hop} & exit 0\n`);
  const scripts = {
    "from its group": "echo up; while :; do setsid sleep 300 & done",
    "from another session":
      "setsid sh -c 'while :; do (setsid sleep 300 &); sleep 0.002; done' & echo up; sleep 300",
    "each process the next": "setsid sh -c 'h() { h & exit 0; }; h' & echo up; sleep 300",
    "the next a little later":
      "setsid sh -c 'h() { sleep 0.005; h & exit 0; }; h' & echo up; sleep 300",
    "each in a session of its own": `setsid sh ${hop} & echo up; sleep 300`,
  };
  for (const [how, script] of Object.entries(scripts)) {
    assert.deepEqual(await leftOf(launcher, script), new Set(), how);
  }
});

test("jobs with grandchildren in other sessions are stopped in each way, and nothing is left", async (t) => {
  const launcher = await launcherFor(t);
  const { left, seen } = await proveStops(launcher, { stops: 12, atOnce: 4 });
  assert.equal(left, 0);
  assert.ok(seen >= 36, `${seen} processes were there to be stopped`);
});

test("a pid that is older than the job is passed over, but not when the count went round", () => {
  const mark = (lastPid: number, forks: number): { lastPid: number; forks: number } => ({
    lastPid,
    forks,
  });
  const [rising, round] = [
    givenBetween(mark(100, 1_000), mark(110, 1_010)),
    givenBetween(mark(32_000, 1_000), mark(310, 1_400)),
  ];
  assert.deepEqual([99, 100, 101, 110, 111].map(rising), [false, false, true, true, false]);
  assert.deepEqual([310, 311, 32_000, 32_001].map(round), [true, false, false, true]);
  const unknown = [
    givenBetween(null, mark(110, 1_010)),
    givenBetween(mark(100, 1_000), null),
    // So many were started that each pid may have been given anew.
    givenBetween(mark(100, 1_000), mark(110, 9e9)),
  ];
  for (const isNew of unknown) assert.equal(isNew(1), true);
});
