import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ChildReport, ChildRequest, ChildTask } from "./child-messages.ts";
import { treeCpuMs } from "./processes.ts";

/** A measured process, seen from outside. */
export interface Child {
  tell(request: ChildRequest): void;
  /** Executions that began in it. */
  readonly runs: number;
  /** When the first of them did, in ms since the epoch; 0: none. */
  readonly firstMs: number;
  /** CPU time that it has used in its life. */
  cpuMs(): number;
  /** Ends it in order. */
  stop(): Promise<void>;
}

/** Starts a process for the task; resolves when it is connected and waits to be told. */
export async function startChild(task: ChildTask): Promise<Child> {
  const child = fork(join(import.meta.dirname, "child.ts"), [JSON.stringify(task)], {
    execArgv: [],
    // What a scheduler says is written as always, and thrown away.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ready = Promise.withResolvers<void>();
  const exited = once(child, "exit").then(([code]) =>
    ready.reject(new Error(`a measured process ended with ${code}`)),
  );
  let runs = 0;
  let firstMs = 0;
  child.on("message", (report: ChildReport) => {
    if (report.type === "ready") ready.resolve();
    else ({ count: runs, firstMs } = report);
  });
  await ready.promise;
  return {
    tell: (request) => void child.send(request),
    get runs() {
      return runs;
    },
    get firstMs() {
      return firstMs;
    },
    cpuMs: () => treeCpuMs(child.pid ?? 0),
    async stop() {
      child.send("stop" satisfies ChildRequest);
      await exited;
    },
  };
}
