/**
 * The launcher: a process of its own, small, so that starting a process is cheap, and alive when
 * the scheduler is frozen, so that jobs end before their lease does. It decides nothing. When the
 * channel to the scheduler closes, it kills every job and goes. It imports `node:` modules and its
 * own few files, nothing else.
 */
import { LeaseDeadline } from "./lease-deadline.ts";
import { JobProcess } from "./job-process.ts";
import type { LauncherToScheduler, LaunchSpec, SchedulerToLauncher } from "./launcher-messages.ts";
import { watchMemory } from "./memory-watch.ts";

const running = new Map<string, JobProcess>();
const deadline = new LeaseDeadline(() => stopAll());
const memory = watchMemory(() => running.values());

/** Bytes that wait for the scheduler to read them; above the limit, the jobs' output waits too. */
let queuedBytes = 0;
const QUEUE_PAUSE_BYTES = 1_048_576;
const QUEUE_RESUME_BYTES = 262_144;
let paused = false;

/** Time that the processes get to be gone after the scheduler is. */
const LAST_SWEEP_MS = 10_000;

// The scheduler decides when the launcher ends; a terminal or a supervisor does not.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("message", (message: SchedulerToLauncher) => receive(message));
process.on("disconnect", () => void endWithScheduler());
post({ type: "ready" });

function receive(message: SchedulerToLauncher): void {
  switch (message.type) {
    case "launch":
      return launch(message.spec);
    case "stop":
      return running.get(message.executionId)?.stop(message.reason);
    case "message":
      return running.get(message.executionId)?.send(message.message);
    case "deadline":
      return deadline.set(message.deadlineMs);
    case "ping":
      return post({ type: "pong" });
  }
}

function launch(spec: LaunchSpec): void {
  const { executionId } = spec;
  const job = new JobProcess(spec, {
    started: (pid) => post({ type: "started", executionId, pid }),
    output: (lines, bytes) => post({ type: "output", executionId, lines }, bytes),
    message: (message, bytes) => post({ type: "message", executionId, message }, bytes),
    ended: (outcome) => {
      running.delete(executionId);
      if (running.size === 0) memory.stop();
      post({ type: "ended", executionId, outcome });
    },
  });
  running.set(executionId, job);
  if (deadline.passed()) return job.refuse("lease_lost");
  job.start();
  if (paused) job.pause();
  memory.start();
}

function stopAll(): void {
  for (const job of running.values()) job.stop("lease_lost");
}

/** `bytes` is about what the message takes in the queue; only output and messages can be large. */
function post(message: LauncherToScheduler, bytes: number = 200): void {
  if (!process.connected || process.send === undefined) return;
  queuedBytes += bytes;
  process.send(message, undefined, undefined, () => {
    queuedBytes -= bytes;
    if (paused && queuedBytes < QUEUE_RESUME_BYTES) resumeOutput();
  });
  if (!paused && queuedBytes > QUEUE_PAUSE_BYTES) pauseOutput();
}

function pauseOutput(): void {
  paused = true;
  for (const job of running.values()) job.pause();
}

function resumeOutput(): void {
  paused = false;
  for (const job of running.values()) job.resume();
}

async function endWithScheduler(): Promise<void> {
  const timer = setTimeout(() => process.exit(1), LAST_SWEEP_MS);
  const jobs = [...running.values()];
  stopAll();
  await Promise.all(jobs.map((job) => job.gone));
  clearTimeout(timer);
  process.exit(0);
}
