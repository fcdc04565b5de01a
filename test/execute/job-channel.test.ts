import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { Launcher } from "../../src/execute/launcher-client.ts";
import { launcherFor } from "./attempt.ts";

/** The messages of a process that writes more than a window lets pass, and ends at once. */
async function lastWords(launcher: Launcher): Promise<number> {
  let messages = 0;
  const spec = {
    executionId: randomUUID(),
    file: "/bin/sh",
    args: ["-c", "yes 12345678901234567890 | head -n 9000 >&3"],
    env: { PATH: process.env["PATH"] ?? "" },
    cwd: "/",
    ipc: true,
    timeoutMs: 20_000,
    graceMs: 300,
    memoryBytes: 1e9,
    outputBytes: 1_048_576,
  };
  await launcher.launch(spec, {
    onStarted: () => undefined,
    onOutput: () => undefined,
    onMessage: () => {
      messages += 1;
    },
  });
  return messages;
}

test("what a process wrote just before it ended arrives, however much it was", async (t) => {
  const launcher = await launcherFor(t);
  const counts = await Promise.all(Array.from({ length: 8 }, () => lastWords(launcher)));
  assert.deepEqual(new Set(counts), new Set([9_000]));
});
