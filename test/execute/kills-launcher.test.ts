import assert from "node:assert/strict";
import { test } from "node:test";
import { stopBundler } from "../../src/source/bundle.ts";
import { startLauncher } from "../../src/execute/launcher-client.ts";
import { sweepTagged } from "../../src/execute/sweep.ts";
import { launcherFor, runJobCode, scratch, taggedWith } from "./attempt.ts";

test.after(() => stopBundler());

test("signals of a job to its parent that can be ignored are ignored, and open no inspector", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  const { outcome } = await runJobCode(
    `export default async () => {
       for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGCONT"])
         process.kill(process.ppid, signal);
       process._debugProcess(process.ppid);
       await new Promise((resolve) => setTimeout(resolve, 100));
       return process.kill(process.ppid, 0);
     };`,
    setup,
  );
  assert.equal(outcome.result, true, outcome.error ?? "");
  const after = await runJobCode(`export default () => "goes on"`, setup);
  assert.equal(after.outcome.result, "goes on");
});

test("a job that freezes its parent ends with it: the launcher no longer answers and is killed", async (t) => {
  const exited = Promise.withResolvers<NodeJS.Signals | null>();
  const launcher = await startLauncher({
    onExit: (_code, signal) => exited.resolve(signal),
    pingMs: 50,
  });
  const { outcome, executionId } = await runJobCode(
    `export default async () => {
       process.kill(process.ppid, "SIGSTOP");
       await new Promise((resolve) => setTimeout(resolve, 60_000));
     };`,
    { launcher, folder: await scratch(t) },
  );
  assert.deepEqual([outcome.status, outcome.reason], ["abandoned", "launcher_died"]);
  assert.equal(await exited.promise, "SIGKILL");
  // The daemon does this before it records the end.
  await sweepTagged({ name: "CRONVERGE_EXECUTION_ID", value: executionId });
  assert.deepEqual(await taggedWith(executionId), []);
});
