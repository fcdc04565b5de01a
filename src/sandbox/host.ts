import process from "node:process";
import { openChannel, type Channel, type JobEnd } from "./channel.ts";
import { createContext, type LiveContext } from "./context.ts";
import { jobFailure } from "./failure.ts";
import { loadJob, type JobProgram } from "./load-job.ts";
import type { JobFailure, SchedulerToJob, StartMessage } from "./messages.ts";
import { exitProcess, monotonicMs, startTimer } from "./originals.ts";
import { returnedResult } from "./returned.ts";

/** Time that the process gets to end by itself once it has its result. */
const LINGER_MS = 2_000;

/**
 * The life of a job's process: waits for the start message, loads the job, runs it, sends what
 * came of it, and lets the process end by itself.
 */
export function serveJob(program: JobProgram): void {
  let live: LiveContext | null = null;
  const channel = openChannel((message: SchedulerToJob) => {
    if (message.type === "start") live ??= begin({ program, start: message, channel });
    else if (message.type === "abort") live?.abort(message.reason);
    else live?.respond(message);
  });
  channel.receiveFirst();
}

interface Run {
  program: JobProgram;
  start: StartMessage;
  channel: JobEnd;
}

function begin({ program, start, channel }: Run): LiveContext {
  const { nonce, timeoutMs } = start;
  const live = createContext(start, channel);
  const startedMs = monotonicMs();
  process.on("SIGTERM", () => {
    const timedOut = timeoutMs !== null && monotonicMs() - startedMs >= timeoutMs * 0.99;
    live.abort(timedOut ? "the run took longer than its timeout" : "the run was asked to end");
  });
  const fail = (stage: JobFailure["stage"], error: unknown): void => {
    process.exitCode = 1;
    const failure = describeFailure(stage, error);
    channel.send({ type: "failure", nonce, failure }, () => exitProcess(1));
  };
  let stage: JobFailure["stage"] = "load";
  process.on("uncaughtException", (error) => fail(stage, error));
  process.on("unhandledRejection", (reason) => fail(stage, reason));
  // The process ends when the job has nothing left to wait for, even if that is before it returned.
  const run = async (): Promise<void> => {
    try {
      const execute = await loadJob(program, {
        exportName: start.exportName,
        // What the job imports it may also change.
        beforeImport: () => channel.open(),
      });
      stage = "run";
      const result = returnedResult(await execute(live.context));
      // The time to end begins when everything said before is out.
      channel.send({ type: "result", nonce, result }, () => endLater(nonce, channel));
    } catch (error) {
      fail(stage, error);
    }
  };
  void run();
  return live;
}

/** What is thrown may be an object whose every field throws. */
function describeFailure(stage: JobFailure["stage"], error: unknown): JobFailure {
  try {
    return jobFailure(stage, error);
  } catch {
    const text = "the job threw something that cannot be read";
    return { stage, text, code: null, permission: null, resource: null };
  }
}

/** A job that left a timer or a socket behind has its result; its process must go all the same. */
function endLater(nonce: string, channel: Channel): void {
  const timer = startTimer(() => {
    const open = [...new Set(process.getActiveResourcesInfo())].filter(
      (resource) => resource !== "PipeWrap",
    );
    channel.send({ type: "lingering", nonce, open }, () => exitProcess(0));
  }, LINGER_MS);
  timer.unref();
}
