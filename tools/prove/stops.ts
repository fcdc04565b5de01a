import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Launcher, LaunchSpec } from "../../src/execute/launcher-client.ts";
import { findTaggedProcesses, type ProcessTag } from "../../src/execute/process-table.ts";

/** What came of stopping many jobs that spread out. */
export interface StopsFound {
  stops: number;
  /** Processes seen alive just before a stop, over all stops. */
  seen: number;
  /** Processes still alive after all stops: the sum of two looks at the process table. */
  left: number;
  tookMs: number;
}

/**
 * Each job ignores SIGTERM, and starts a daemon by forking twice, one that holds its output open, and
 * a process in a session of its own that starts more daemons all the time.
 */
const SCRIPT = `trap '' TERM
(setsid sleep 300 &)
(sleep 300 &)
setsid sh -c 'trap "" TERM; while :; do (setsid sleep 300 &); echo up; sleep 0.02; done' &
while :; do sleep 0.05; done`;

/** Enough for a job to have started its processes, so that there are some to be stopped. */
const TIMEOUT_MS = 2_000;

/** The ways in which a job is ended from outside. */
const WAYS = ["cancel_requested", "lease_lost", "shutdown", "timeout"] as const;

/** Starts and stops jobs, in turn in each of the ways; a stop begins when the job says that it is up. */
export async function proveStops(
  launcher: Launcher,
  { stops, atOnce }: { stops: number; atOnce: number },
): Promise<StopsFound> {
  const node = { name: "CRONVERGE_NODE", value: randomUUID() };
  const startedMs = performance.now();
  const numbers = Array.from({ length: stops }, (_, index) => index).values();
  let seen = 0;
  const worker = async (): Promise<void> => {
    for (const index of numbers) {
      const way = WAYS[index % WAYS.length] ?? "timeout";
      // The sum is read when the count is there: others add to it meanwhile.
      const found = await stopOne(launcher, { way, env: { [node.name]: node.value } });
      seen += found;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  let left = 0;
  for (let look = 0; look < 2; look += 1) left += (await findTaggedProcesses([node])).length;
  return { stops, seen, left, tookMs: performance.now() - startedMs };
}

/** How long a busy machine may take to start a few processes. */
const PATIENCE_MS = 10_000;

/** Processes of a job that has spread out: itself, and daemons of both kinds. */
const SPREAD = 4;

/** How many processes carry the tag, once they are as many as a job that has spread out has, or soon. */
async function countSpread(tag: ProcessTag, patienceMs: number): Promise<number> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const { length } = await findTaggedProcesses([tag]);
    if (length >= SPREAD || performance.now() > untilMs) return length;
    await delay(20);
  }
}

/** The number of its processes that were seen before it was stopped. */
async function stopOne(
  launcher: Launcher,
  { way, env }: { way: (typeof WAYS)[number]; env: Record<string, string> },
): Promise<number> {
  const spec: LaunchSpec = {
    executionId: randomUUID(),
    file: "/bin/sh",
    args: ["-c", SCRIPT],
    env: { PATH: process.env["PATH"] ?? "", ...env },
    cwd: "/",
    ipc: false,
    timeoutMs: way === "timeout" ? TIMEOUT_MS : 60_000,
    graceMs: 50,
    memoryBytes: 1e9,
    outputBytes: 65_536,
  };
  const up = Promise.withResolvers<void>();
  const ended = launcher.launch(spec, {
    onStarted: () => undefined,
    onOutput: () => up.resolve(),
    onMessage: () => undefined,
  });
  await Promise.race([up.promise, ended]);
  const tag = { name: "CRONVERGE_EXECUTION_ID", value: spec.executionId };
  const seen = await countSpread(tag, way === "timeout" ? TIMEOUT_MS / 2 : PATIENCE_MS);
  if (way !== "timeout") launcher.cancel(spec.executionId, way);
  const { error } = await ended;
  if (error !== null) throw new Error(error);
  return seen;
}
