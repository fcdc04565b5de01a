import { Socket } from "node:net";
import type { JobToScheduler, SchedulerToJob } from "./messages.ts";

/** The job's end of its channel to the scheduler. */
export interface Channel {
  send(message: JobToScheduler, sent?: () => void): void;
  /** Whether the open channel keeps the process alive. */
  keepAlive(keep: boolean): void;
}

const CHANNEL_DESCRIPTOR = 3;

/**
 * Opens the channel. When it closes, the launcher is gone and nobody supervises this process any
 * more, so it exits at once.
 */
export function openChannel(receive: (message: SchedulerToJob) => void): Channel {
  const socket = new Socket({ fd: CHANNEL_DESCRIPTOR, readable: true, writable: true });
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      receive(JSON.parse(line) as SchedulerToJob);
    }
  });
  socket.on("error", () => process.exit(1));
  socket.on("close", () => process.exit(1));
  return {
    send: (message, sent) => socket.write(`${JSON.stringify(message)}\n`, () => sent?.()),
    keepAlive: (keep) => (keep ? socket.ref() : socket.unref()),
  };
}
