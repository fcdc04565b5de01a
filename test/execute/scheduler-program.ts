/** A stand-in for the scheduler in tests that kill it: starts one process and prints all pids. */
import { startLauncher } from "../../src/execute/launcher-client.ts";

const [executionId = "", script = ""] = process.argv.slice(2);
const launcher = await startLauncher({ onExit: () => undefined });
launcher
  .launch(
    {
      executionId,
      file: "/bin/sh",
      args: ["-c", script],
      env: { PATH: process.env.PATH ?? "" },
      cwd: "/",
      ipc: false,
      timeoutMs: null,
      graceMs: 10_000,
      memoryBytes: 1e9,
      outputBytes: 1e6,
    },
    {
      onStarted: (pid) => process.stdout.write(`${launcher.pid} ${pid}\n`),
      onOutput: () => undefined,
      onMessage: () => undefined,
    },
  )
  .catch(() => undefined);
