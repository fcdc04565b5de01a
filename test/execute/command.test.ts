import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../src/execute/command.ts";
import type { AttemptOutcome, LogLine } from "../../src/model/execution.ts";
import type { JobSpec } from "../../src/model/job.ts";
import { attemptRequest, jobSpec, launcherFor, NO_PERMISSIONS, scratch } from "./attempt.ts";
import type { Launcher } from "../../src/execute/launcher-client.ts";

async function command(
  launcher: Launcher,
  folder: string,
  given: { command: string | string[]; spec?: Partial<JobSpec>; signal?: AbortSignal },
): Promise<{ outcome: AttemptOutcome; lines: LogLine[] }> {
  const spec = jobSpec({ type: "command", command: given.command }, given.spec);
  const lines: LogLine[] = [];
  const outcome = await runCommand(attemptRequest(spec, { root: folder, configDir: folder }), {
    launcher,
    onLog: (batch) => lines.push(...batch),
    ...(given.signal === undefined ? {} : { signal: given.signal }),
  });
  return { outcome, lines };
}

test("a list runs as it is, a text by the shell", async (t) => {
  const [launcher, folder] = [await launcherFor(t), await scratch(t)];
  const list = await command(launcher, folder, { command: ["echo", "$HOME; `id`", "a b"] });
  assert.equal(list.outcome.status, "success");
  assert.deepEqual(
    list.lines.map((line) => line.message),
    ["$HOME; `id` a b"],
  );
  const text = await command(launcher, folder, {
    command: 'echo "$CRONVERGE_JOB-$CRONVERGE_ATTEMPT"; pwd',
  });
  assert.deepEqual(
    text.lines.map((line) => line.message),
    ["probe-1", folder],
  );
});

test("a failure shows the exit code, the signal and the end of stderr", async (t) => {
  const [launcher, folder] = [await launcherFor(t), await scratch(t)];
  const code = await command(launcher, folder, { command: "echo why >&2; exit 9" });
  assert.equal(code.outcome.reason, "exit_code");
  assert.equal(code.outcome.exitCode, 9);
  assert.equal(code.outcome.error, "exit code 9\nwhy");
  assert.equal(code.lines[0]?.level, "warn");
  const signal = await command(launcher, folder, { command: "kill -SEGV $$" });
  assert.equal(signal.outcome.reason, "signal");
  assert.equal(signal.outcome.signal, "SIGSEGV");
  const missing = await command(launcher, folder, { command: ["no-such-program-here"] });
  assert.equal(missing.outcome.reason, "spawn_failed");
});

test("env, permissions.env and cwd reach the process, and what is looked up is redacted", async (t) => {
  const [launcher, folder] = [await launcherFor(t), await scratch(t)];
  await mkdir(join(folder, "sub"));
  await writeFile(join(folder, "sub", "key"), "file-secret");
  process.env.CRONVERGETEST_TOKEN = "token-secret";
  t.after(() => delete process.env.CRONVERGETEST_TOKEN);
  const { outcome, lines } = await command(launcher, folder, {
    command: 'echo "$PLAIN $KEY $CRONVERGETEST_TOKEN"; pwd; exit 1',
    spec: {
      cwd: "./sub",
      env: { PLAIN: "literal", KEY: { file: "sub/key" } },
      permissions: { ...NO_PERMISSIONS, env: ["CRONVERGETEST_TOKEN"] },
    },
  });
  assert.deepEqual(
    lines.map((line) => line.message),
    ["literal [redacted] [redacted]", join(folder, "sub")],
  );
  assert.equal(outcome.error, `exit code 1\nliteral [redacted] [redacted]\n${join(folder, "sub")}`);
});

test("variables that would undo the limits are refused", async (t) => {
  const [launcher, folder] = [await launcherFor(t), await scratch(t)];
  for (const name of ["NODE_OPTIONS", "LD_PRELOAD", "CRONVERGE_FENCE", "BASH_ENV", "A B"]) {
    const { outcome } = await command(launcher, folder, {
      command: "true",
      spec: { env: { [name]: "x" } },
    });
    assert.equal(outcome.status, "failed", name);
    assert.match(outcome.error ?? "", /never given/);
  }
});

test("timeout and cancel become their own states", async (t) => {
  const [launcher, folder] = [await launcherFor(t), await scratch(t)];
  const late = await command(launcher, folder, { command: "sleep 30", spec: { timeoutMs: 100 } });
  assert.equal(late.outcome.status, "timed_out");
  assert.equal(late.outcome.reason, "timeout");
  for (const [reason, status] of [
    ["cancel_requested", "cancelled"],
    ["shutdown", "cancelled"],
    ["lease_lost", "abandoned"],
  ] as const) {
    const signal = AbortSignal.abort(reason);
    const { outcome } = await command(launcher, folder, { command: "sleep 30", signal });
    assert.equal(outcome.status, status);
    assert.equal(outcome.reason, reason);
  }
});
