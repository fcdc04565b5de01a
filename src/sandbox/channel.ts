import { writeSync } from "node:fs";
import { Socket } from "node:net";
import type { JobToScheduler, SchedulerToJob } from "./messages.ts";
import { exitProcess, fromJson, toJson } from "./originals.ts";

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
  const write: (text: string, written: () => void) => boolean = socket.write.bind(socket);
  const [hold, release] = [socket.ref.bind(socket), socket.unref.bind(socket)];
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      receive(fromJson(line) as SchedulerToJob);
    }
  });
  socket.on("error", endUnsupervised);
  socket.on("close", endUnsupervised);
  return {
    send: (message, sent) => write(`${toJson(message)}\n`, () => sent?.()),
    keepAlive: (keep) => (keep ? hold() : release()),
  };
}

/** Nobody may be left to read why; but where it was the job that closed the channel, it must learn. */
function endUnsupervised(): void {
  try {
    writeSync(2, "the channel to the scheduler, file descriptor 3, was closed\n");
  } catch {
    // The other end of this pipe is gone too.
  }
  exitProcess(1);
}
